import { median, round, spread, spreadText, type Spread } from '../support/stats.js';
import { table } from '../support/table.js';
import type { BareOutput } from './bare.js';
import type { ServiceReading } from './service.js';

/** One entry a round, in the order of the rounds. */
export interface Results {
  readonly bare: BareOutput[];
  readonly one: ServiceReading[];
  readonly four: ServiceReading[];
  /** One stream that waits for each answer before it sends the next frame: the latency of a service at rest. */
  readonly single: ServiceReading[];
}

export const WANTED = { ratioOneStream: 0.75, ratioFourStreams: 0.85 } as const;

const over = <T>(readings: readonly T[], pick: (reading: T) => number): Spread => spread(readings.map(pick));

/** The ratio of each round, whose trials ran minutes apart at most; then their spread. */
export function ratio(service: readonly ServiceReading[], bare: readonly BareOutput[]): Spread {
  return spread(service.map(({ facesPerSecond }, i) => facesPerSecond / (bare[i]?.facesPerSecond ?? NaN)));
}

/** What `--json` prints. Medians; ranges as [least, most]. */
export function figures({ bare, one, four, single }: Results): Record<string, unknown> {
  const range = ({ min, max }: Spread, decimals = 1): [number, number] => [round(min, decimals), round(max, decimals)];
  const [ratioOne, ratioFour] = [ratio(one, bare), ratio(four, bare)];
  const service = (readings: readonly ServiceReading[]): Record<string, unknown> => ({
    facesPerSecond: round(over(readings, (r) => r.facesPerSecond).median),
    facesPerSecondRange: range(over(readings, (r) => r.facesPerSecond)),
    framesPerSecond: round(over(readings, (r) => r.framesPerSecond).median),
    p50Ms: round(over(readings, (r) => r.p50Ms).median),
    p95Ms: round(over(readings, (r) => r.p95Ms).median),
    cpuMsAFrame: round(over(readings, (r) => r.cpuMs).median),
    loopDelayP99Ms: round(over(readings, (r) => r.loopP99Ms).max),
  });
  return {
    rounds: bare.length,
    bareFacesPerSecond: round(over(bare, (r) => r.facesPerSecond).median),
    bareFacesPerSecondRange: range(over(bare, (r) => r.facesPerSecond)),
    bareCpuMsAFrame: round(over(bare, (r) => r.cpuMs).median),
    bareFramesPerSecond: round(over(bare, (r) => r.framesPerSecond).median),
    ratioOneStream: round(ratioOne.median, 3),
    ratioOneStreamRange: range(ratioOne, 3),
    ratioFourStreams: round(ratioFour.median, 3),
    ratioFourStreamsRange: range(ratioFour, 3),
    oneStream: service(one),
    fourStreams: service(four),
    oneFrameAtATime: service(single),
  };
}

export function report(results: Results, identities: number): string {
  const { bare, one, four, single } = results;
  const facesAFrame = median(bare.map((r) => r.facesPerSecond / r.framesPerSecond));
  return [
    '',
    `${bare.length} rounds of interleaved trials: median (least – most). ${facesAFrame.toFixed(1)} faces a picture, ${identities} identities enrolled.`,
    '',
    throughput(results),
    '',
    `Bare, on one core: ${median(bare.map((r) => r.detectMs)).toFixed(1)} ms a picture for the detector, ${median(bare.map((r) => r.embedMs)).toFixed(1)} ms a face for the embedder.`,
    '',
    'Service, medians in milliseconds of a frame, as the answers report them; event loop of the server, worst round:',
    '',
    steps({ 'one stream': one, 'four streams': four, 'one frame at a time': single }),
    '',
    verdict('one ALL stream', ratio(one, bare).median, WANTED.ratioOneStream),
    verdict('four ALL streams', ratio(four, bare).median, WANTED.ratioFourStreams),
  ].join('\n');
}

function throughput({ bare, one, four, single }: Results): string {
  const row = (name: string, readings: readonly ServiceReading[]): string[] => [
    name,
    spreadText(over(readings, (r) => r.facesPerSecond)),
    spreadText(over(readings, (r) => r.framesPerSecond)),
    spreadText(ratio(readings, bare), 3),
    over(readings, (r) => r.p50Ms).median.toFixed(0),
    over(readings, (r) => r.p95Ms).median.toFixed(0),
    over(readings, (r) => r.cpuMs).median.toFixed(1),
    over(readings, (r) => r.ownCpuMs).median.toFixed(1),
  ];
  const ceiling = ['bare networks', spreadText(over(bare, (r) => r.facesPerSecond)), spreadText(over(bare, (r) => r.framesPerSecond)), '1', '', '', over(bare, (r) => r.cpuMs).median.toFixed(1), ''];
  return table(
    ['', 'faces/s', 'frames/s', 'of bare', 'p50 ms', 'p95 ms', 'CPU ms a frame', 'sender’s'],
    [ceiling, row('one ALL stream', one), row('four ALL streams', four), row('one frame at a time', single)],
  );
}

function steps(kinds: Readonly<Record<string, readonly ServiceReading[]>>): string {
  const names = ['queue', 'decode', 'detect', 'embed', 'search'];
  const rows = Object.entries(kinds).map(([kind, readings]) => [
    kind,
    ...names.map((name) => median(readings.map((r) => r.steps[name] ?? NaN)).toFixed(1)),
    over(readings, (r) => r.loopP99Ms).max.toFixed(1),
    over(readings, (r) => r.loopMaxMs).max.toFixed(1),
  ]);
  return table(['', ...names, 'loop p99', 'loop worst'], rows);
}

function verdict(kind: string, found: number, wanted: number): string {
  return `${kind}: ${found.toFixed(3)} of bare, wanted ${wanted}: ${found >= wanted ? 'reached' : 'MISSED'}`;
}
