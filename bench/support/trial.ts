import { fork } from 'node:child_process';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

type Message<Output> = { readonly note: string } | { readonly output: Output };

interface TrialOptions {
  readonly timeoutMs?: number;
  /** Called with what the trial says on its way, `measuring` for one. */
  readonly onNote?: (note: string) => void;
}

/**
 * One trial, in a process of its own: what one trial leaves behind (a grown heap, compiled code, a warm allocator)
 * cannot help or hurt the next. `input` and `Output` cross as JSON. Rejects when the child fails or takes too long.
 */
export function runTrial<Output>(script: URL, input: object, { timeoutMs = 120_000, onNote }: TrialOptions = {}): Promise<Output> {
  const path = fileURLToPath(script);
  const child = fork(path, { stdio: ['ignore', 2, 2, 'ipc'], execArgv: ['--enable-source-maps'] });
  return new Promise<Output>((resolve, reject) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    let answer: { readonly output: Output } | undefined;
    child.on('message', (message: Message<Output>) => {
      if ('note' in message) onNote?.(message.note);
      else answer = message;
    });
    child.once('error', reject);
    // Only when it has ended, so that two trials never share the cores.
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      if (answer !== undefined && code === 0) resolve(answer.output);
      else reject(new Error(`${basename(path)} ended with ${signal ?? `code ${code ?? '?'}`} ${answer === undefined ? 'before' : 'after'} its answer`));
    });
    child.send(input);
  });
}

/**
 * The other side: runs `trial` on the input, answers, and lets the process end by itself. What it throws ends the process.
 * `never`: what comes through the channel is what runTrial was given, which no type can prove here.
 */
export function serveTrial(trial: (input: never, note: (text: string) => void) => Promise<unknown>): void {
  const send = (message: Message<unknown>, sent: () => void = () => undefined): void => void process.send?.(message, sent);
  process.once('message', (input) => {
    void trial(input as never, (note) => send({ note })).then((output) => send({ output }, () => process.disconnect()));
  });
}
