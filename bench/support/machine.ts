import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** What a figure was measured on; stands beside every figure. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly platform: string;
  /** Load average of the last minute before the run: above a few tenths, something else was running too. */
  readonly loadBefore: number;
}

export function machine(): Machine {
  return {
    cpu: (cpus()[0]?.model ?? 'unknown').trim(),
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    loadBefore: Number((loadavg()[0] ?? 0).toFixed(2)),
  };
}

export function machineText({ cpu, cores, memoryGiB, node, platform, loadBefore }: Machine): string {
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${platform}, Node ${node}, load before the run ${loadBefore}`;
}
