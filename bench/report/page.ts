import { type Chart, lineChart } from '../support/chart.js';
import { type Machine, machineText } from '../support/machine.js';
import { median, spreadText } from '../support/stats.js';
import { table } from '../support/table.js';
import type { ThreadTimes } from '../support/threads.js';
import { type Found, insideNetworks, latencyTable, peerTable, steps, throughput } from '../throughput/report.js';
import type { Measured, Sweeps } from './sweeps.js';

/** What `npm run bench -- --save` writes. */
export type ThroughputRun = Found & { readonly machine: Machine; readonly width: number; readonly identities: number };
export interface SweepRun {
  readonly machine: Machine;
  readonly rounds: number;
  readonly seconds: number;
  readonly sweeps: Sweeps;
}

const MARKS = ['<!-- bench:report begins -->', '<!-- bench:report ends -->'] as const;

/** The page with what lies between the marks replaced; everything else on it belongs to others. Throws when the marks are not there. */
export function withSection(page: string, section: string): string {
  const [begin, end] = MARKS.map((mark) => page.indexOf(mark)) as [number, number];
  if (begin === -1 || end < begin) throw new Error(`the page lacks the marks ${MARKS.join(' and ')}`);
  return `${page.slice(0, begin + MARKS[0].length)}\n\n${section}\n\n${page.slice(end)}`;
}

export function section(run: ThroughputRun, { machine, rounds, seconds, sweeps }: SweepRun): string {
  const { results, latency = [], peers } = run;
  return [
    '### The service against its networks alone', '',
    `On ${machineText(run.machine)}; photographs ${run.width === 0 ? 'as they are' : `${run.width} pixels wide`}, ${run.identities} identities, ${results.bare.length} rounds: median (least – most).`, '',
    throughput(results), '',
    'Medians in milliseconds of a frame, as the answers report them; the event loop\'s delay in the worst round:', '',
    steps({ 'one stream': results.one, 'four streams': results.four, 'one frame at a time': results.single }), '',
    `From the start of the process to SERVING: ${median(results.one.map((r) => r.startMs)).toFixed(0)} ms. Resident set under four streams: ${median(results.four.map((r) => r.rssMb)).toFixed(0)} MiB.`, '',
    '### Where the processor time goes', '', 'Four streams, milliseconds of a frame:', '', profile(run), '',
    ...(latency.length > 0 ? ['### Latency under load', '', latencyTable(results, latency), '', '![latency under load](benchmarks/latency.svg)', ''] : []),
    ...(peers ? ['### Beside face-api', '', peerTable(peers), ''] : []),
    '### By size, faces, streams, runtime and threads', '',
    `\`npm run bench:report -- --measure\`, on ${machineText(machine)}; four \`ALL\` streams of photographs 640 pixels wide unless said, ${rounds} rounds of ${seconds} s.`, '',
    ...sweepTable('width of the frames', sweeps.width), '![by size](benchmarks/width.svg)', '',
    ...sweepTable('faces embedded in a frame', sweeps.faces), ...sweepTable('streams', sweeps.streams), '![by streams](benchmarks/streams.svg)', '',
    ...sweepTable('runtime', sweeps.runtime), ...sweepTable('threads', sweeps.threads),
  ].join('\n').trimEnd();
}

function sweepTable(what: string, points: readonly Measured[]): string[] {
  return [table([what, 'faces/s', 'frames/s', 'CPU ms a frame'], points.map((p) => [p.name, spreadText(p.facesPerSecond), spreadText(p.framesPerSecond), p.cpuMs.median.toFixed(1)])), ''];
}

function profile({ results }: Found): string {
  const { prepared, four } = results;
  const networks = median(insideNetworks(results));
  const total = median(four.map((r) => r.cpuMs));
  const thread = (pick: keyof ThreadTimes): number => median(four.map(({ threads }) => threads?.[pick] ?? NaN));
  const row = (name: string, ms: number): string[] => [name, ms.toFixed(1), `${((100 * ms) / total).toFixed(1)} %`];
  return table(
    ['', 'ms', 'share'],
    [
      row(`inside the networks (alone they take ${median(prepared.map((r) => r.cpuMs)).toFixed(1)})`, networks),
      row('vision threads beside that: aligning, judging, resampling', thread('vision') - networks),
      row('decoding (libvips)', thread('decoders')),
      row('main thread: gRPC, protobuf, streams, decisions', thread('main')),
      row('the rest: search, V8\'s and libuv\'s helpers', thread('others')),
      row('all threads', total),
    ],
  );
}

/** File names and pictures. */
export function charts({ latency = [] }: ThroughputRun, { sweeps }: SweepRun): Record<string, string> {
  const by = (points: readonly Measured[]): Chart['lines'] => [
    { name: 'faces/s', points: points.map((p) => [p.x, p.facesPerSecond.median] as const) },
    { name: 'frames/s', points: points.map((p) => [p.x, p.framesPerSecond.median] as const) },
  ];
  const line = (name: string, pick: (reading: (typeof latency)[number]) => number): Chart['lines'][number] => ({ name, points: latency.map((r) => [100 * r.share, pick(r)] as const) });
  const drawn: Record<string, Chart> = {
    width: { title: 'Four streams by width of the frames', x: 'pixels', y: 'a second', lines: by(sweeps.width) },
    streams: { title: 'By streams, frames 640 pixels wide', x: 'streams', y: 'a second', lines: by(sweeps.streams) },
    ...(latency.length > 0 && { latency: { title: 'Latency under load', x: 'share of the capacity, %', y: 'ms', lines: [line('p99', (r) => r.p99Ms), line('p95', (r) => r.p95Ms), line('median', (r) => r.p50Ms)] } }),
  };
  return Object.fromEntries(Object.entries(drawn).map(([name, chart]) => [`${name}.svg`, lineChart(chart)]));
}
