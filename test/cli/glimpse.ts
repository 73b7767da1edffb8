import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly address?: string;
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs `glimpse` as a user would, in a process of its own and without the variables of whoever runs the tests. */
export async function glimpse(args: readonly string[], { address, input = '', env = {} }: RunOptions = {}): Promise<Finished> {
  const child = start(args, { ...(address !== undefined && { GLIMPSE_ADDRESS: address }), ...env });
  child.stdin?.on('error', () => undefined).end(input); // it may end without reading
  const [stdout, stderr, [code]] = await Promise.all([textOf(child.stdout), textOf(child.stderr), once(child, 'close') as Promise<[number | null]>]);
  return { code, stdout, stderr };
}

export function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GLIMPSE_')));
  return spawn(process.execPath, [MAIN, ...args], { env: { ...clean, ...env } });
}

async function textOf(stream: AsyncIterable<Buffer> | null): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stream ?? []) parts.push(part);
  return Buffer.concat(parts).toString();
}

/** What was printed with `--json`: one value a line. */
export function jsonLines<T = Record<string, unknown>>({ stdout }: Finished): T[] {
  return stdout.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as T);
}
