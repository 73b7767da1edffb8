import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Readable } from 'node:stream';
import type { Sample } from './probe.js';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const PROBE = new URL('./probe.js', import.meta.url).href;

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 30_000;

export interface ServerOptions {
  readonly dataDir: string;
  /** Further flags of `glimpse serve`. */
  readonly flags?: readonly string[];
  /** Flags of node itself, `--cpu-prof` for one. */
  readonly nodeFlags?: readonly string[];
}

/** The real server, as an operator starts it, in a process of its own. */
export class ServerProcess {
  private readonly samples: Sample[] = [];

  private constructor(
    private readonly child: ChildProcess,
    readonly address: string,
  ) {
    child.on('message', (sample) => this.samples.push(sample as Sample));
  }

  /** Resolves once the server says where it listens. What it writes to stderr is shown when it cannot start. */
  static async start({ dataDir, flags = [], nodeFlags = [] }: ServerOptions): Promise<ServerProcess> {
    const settings = ['serve', '--port', '0', '--data-dir', dataDir, '--json', '--log-level', 'error', ...flags];
    const child = spawn(process.execPath, [...nodeFlags, '--import', PROBE, MAIN, ...settings], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    return new ServerProcess(child, await announcedAddress(child, child.stdout as Readable));
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Forgets the samples and the event loop's delays so far. */
  reset(): void {
    this.samples.length = 0;
    this.child.send('reset');
  }

  /** Samples since `reset`, oldest first. */
  get measured(): readonly Sample[] {
    return this.samples;
  }

  /** Stops as an operator would, and insists that it ends by itself with exit code 0. */
  async stop(): Promise<void> {
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_LIMIT_MS);
    const ended = this.child.exitCode === null && this.child.signalCode === null ? once(this.child, 'exit') : Promise.resolve();
    this.child.kill('SIGTERM');
    await ended;
    clearTimeout(timer);
    if (this.child.exitCode !== 0) throw new Error(`the server ended with ${this.child.signalCode ?? `code ${this.child.exitCode ?? '?'}`}`);
  }
}

async function announcedAddress(child: ChildProcess, stdout: Readable): Promise<string> {
  const timer = setTimeout(() => child.kill('SIGKILL'), START_LIMIT_MS);
  const failed = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`the server ended with ${(signal as string | null) ?? `code ${code as number}`} before it listened`);
  });
  try {
    return await Promise.race([failed, firstAddress(stdout)]);
  } finally {
    clearTimeout(timer);
    failed.catch(() => undefined); // from here on its end is looked at by stop()
  }
}

async function firstAddress(stdout: Readable): Promise<string> {
  for await (const line of createInterface({ input: stdout })) {
    const { address } = JSON.parse(line) as { address?: string };
    if (address !== undefined) return address;
  }
  throw new Error('the server never said where it listens');
}
