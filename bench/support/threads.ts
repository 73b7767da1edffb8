import { readdirSync, readFileSync } from 'node:fs';

/** Processor milliseconds of a server's threads, by what they are for. */
export interface ThreadTimes {
  readonly main: number;
  /** Those that look at pictures, networks included. */
  readonly vision: number;
  /** libvips. */
  readonly decoders: number;
  /** V8's and libuv's helpers, the gallery's threads. */
  readonly others: number;
}

/** Ticks of the kernel's clock a second, as Linux tells them to programs. */
const TICKS = 100;

/** By thread id; empty where there is no /proc. */
export function threadTimes(pid: number): ReadonlyMap<number, { readonly name: string; readonly ms: number }> {
  try {
    return new Map(readdirSync(`/proc/${pid}/task`).map((id) => [Number(id), timeOf(readFileSync(`/proc/${pid}/task/${id}/stat`, 'utf8'))] as const));
  } catch {
    return new Map();
  }
}

function timeOf(stat: string): { name: string; ms: number } {
  const end = stat.lastIndexOf(')');
  const fields = stat.slice(end + 2).split(' ');
  return { name: stat.slice(stat.indexOf('(') + 1, end), ms: ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS };
}

/** What was spent between two looks. The vision threads are the `workers` that spent most. */
export function spent(pid: number, workers: number, before: ReturnType<typeof threadTimes>, after: ReturnType<typeof threadTimes>): ThreadTimes | undefined {
  if (after.size === 0) return undefined;
  const threads = [...after].map(([id, { name, ms }]) => ({ id, name, ms: ms - (before.get(id)?.ms ?? 0) }));
  const sum = (some: typeof threads): number => some.reduce((total, { ms }) => total + ms, 0);
  const main = threads.filter(({ id }) => id === pid);
  const decoders = threads.filter(({ name }) => name.startsWith('libvips'));
  const rest = threads.filter(({ id, name }) => id !== pid && !name.startsWith('libvips')).sort((a, b) => b.ms - a.ms);
  return { main: sum(main), vision: sum(rest.slice(0, workers)), decoders: sum(decoders), others: sum(rest.slice(workers)) };
}
