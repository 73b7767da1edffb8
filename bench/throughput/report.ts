import { median, round, spread, spreadText, type Spread } from '../support/stats.js';
import { table } from '../support/table.js';
import type { BareOutput } from './bare.js';
import type { LatencyReading, PeerResults, Results } from './results.js';
import type { ServiceReading } from './service.js';

/** All of a run; a brief one has the results alone. */
export interface Found {
  readonly results: Results;
  readonly latency?: readonly LatencyReading[];
  readonly peers?: PeerResults;
}

export const WANTED = { ratioOneStream: 0.75, ratioFourStreams: 0.85, ceilingRatio: 0.9, overheadShare: 0.15, p99At80OverMedian: 3, peerRatio: 5 } as const;

const over = <T>(readings: readonly T[], pick: (reading: T) => number): Spread => spread(readings.map(pick));

/** The ratio of each round, whose trials ran minutes apart at most; then their spread. */
export function ratio(service: readonly ServiceReading[], bare: readonly BareOutput[]): Spread {
  return spread(service.map(({ facesPerSecond }, i) => facesPerSecond / (bare[i]?.facesPerSecond ?? NaN)));
}

/** Milliseconds of a frame inside the networks, under four streams: the vision threads' time, by the share that a profile of them shows. */
export const insideNetworks = ({ four, passShare }: Results): number[] => four.map(({ threads }, i) => (threads?.vision ?? NaN) * (passShare[i] ?? NaN));

/** Of the service's processor time under four streams, what is spent outside the networks. */
export function overheadShare(results: Results): Spread {
  const networks = insideNetworks(results);
  return spread(results.four.map(({ cpuMs }, i) => 1 - (networks[i] ?? NaN) / cpuMs));
}

/** The same against what the networks take when they run by themselves: it counts that they run slower in company as well. */
export function overheadShareBeside({ prepared, four }: Results): Spread {
  return spread(four.map(({ cpuMs }, i) => 1 - (prepared[i]?.cpuMs ?? NaN) / cpuMs));
}

const p99OverMedian = ({ single }: Results, latency: readonly LatencyReading[], share: number): number =>
  (latency.find((reading) => reading.share === share)?.p99Ms ?? NaN) / median(single.map(({ p50Ms }) => p50Ms));

const peerRatio = ({ peer, ours }: PeerResults): Spread => spread(ours.map(({ framesPerSecond }, i) => framesPerSecond / (peer[i]?.framesPerSecond ?? NaN)));

/** What `--json` prints. Medians; ranges as [least, most]. */
export function figures({ results, latency, peers }: Found): Record<string, unknown> {
  const { bare, prepared, one, four, single } = results;
  return {
    rounds: bare.length,
    ...bareFigures('bare', bare),
    ...bareFigures('prepared', prepared),
    ...ratioFigures('ratioOneStream', ratio(one, bare)),
    ...ratioFigures('ratioFourStreams', ratio(four, bare)),
    ...ratioFigures('ratioOneStreamPrepared', ratio(one, prepared)),
    ...ratioFigures('ratioFourStreamsPrepared', ratio(four, prepared)),
    ...ratioFigures('ceilingRatio', ratio(four, bare)),
    ...ratioFigures('overheadShare', overheadShare(results)),
    ...ratioFigures('overheadShareBeside', overheadShareBeside(results)),
    startMs: round(over([...one, ...four, ...single], (r) => r.startMs).median, 0),
    rssMb: round(over(four, (r) => r.rssMb).median, 0),
    oneStream: serviceFigures(one),
    fourStreams: serviceFigures(four),
    oneFrameAtATime: serviceFigures(single),
    ...(latency && { p99At80OverMedian: round(p99OverMedian(results, latency, 0.8), 2), latency: latency.map(latencyFigures) }),
    ...(peers && peerFigures(peers)),
  };
}

const range = ({ min, max }: Spread, decimals = 1): [number, number] => [round(min, decimals), round(max, decimals)];

const ratioFigures = (name: string, found: Spread): Record<string, unknown> => ({ [name]: round(found.median, 3), [`${name}Range`]: range(found, 3) });

function bareFigures(name: string, bare: readonly BareOutput[]): Record<string, unknown> {
  return {
    [`${name}FacesPerSecond`]: round(over(bare, (r) => r.facesPerSecond).median),
    [`${name}FacesPerSecondRange`]: range(over(bare, (r) => r.facesPerSecond)),
    [`${name}FramesPerSecond`]: round(over(bare, (r) => r.framesPerSecond).median),
    [`${name}CpuMsAFrame`]: round(over(bare, (r) => r.cpuMs).median),
  };
}

function serviceFigures(readings: readonly ServiceReading[]): Record<string, unknown> {
  return {
    facesPerSecond: round(over(readings, (r) => r.facesPerSecond).median),
    facesPerSecondRange: range(over(readings, (r) => r.facesPerSecond)),
    framesPerSecond: round(over(readings, (r) => r.framesPerSecond).median),
    p50Ms: round(over(readings, (r) => r.p50Ms).median),
    p95Ms: round(over(readings, (r) => r.p95Ms).median),
    cpuMsAFrame: round(over(readings, (r) => r.cpuMs).median),
    loopDelayP99Ms: round(over(readings, (r) => r.loopP99Ms).max),
  };
}

function latencyFigures({ share, offered, framesPerSecond, p50Ms, p95Ms, p99Ms }: LatencyReading): Record<string, number> {
  return { share, offered: round(offered), framesPerSecond: round(framesPerSecond), p50Ms: round(p50Ms), p95Ms: round(p95Ms), p99Ms: round(p99Ms) };
}

function peerFigures(peers: PeerResults): Record<string, unknown> {
  const { peer, ours, peerRates, oursRates } = peers;
  const share = (rate: number): number => round(rate, 3);
  return {
    ...ratioFigures('peerRatio', peerRatio(peers)),
    peerBackend: peer[0]?.backend,
    peerFramesPerSecond: round(over(peer, (r) => r.framesPerSecond).median, 2),
    oursFramesPerSecond: round(over(ours, (r) => r.framesPerSecond).median, 2),
    peerDetected: share(peerRates.detected),
    oursDetected: share(oursRates.detected),
    peerIdentified: share(peerRates.identified),
    oursIdentified: share(oursRates.identified),
    peerWrong: share(peerRates.wrong),
    oursWrong: share(oursRates.wrong),
  };
}

export function report({ results, latency, peers }: Found, identities: number): string {
  const { bare, prepared, one, four, single } = results;
  const facesAFrame = median(bare.map((r) => r.facesPerSecond / r.framesPerSecond));
  return [
    '',
    `${bare.length} rounds of interleaved trials: median (least – most). ${facesAFrame.toFixed(1)} faces a picture, ${identities} identities enrolled.`,
    '',
    throughput(results),
    '',
    `One core: ${each(bare)} by ONNX Runtime with the files as they are; ${each(prepared)} as the service prepares them.`,
    '',
    'Service, medians in milliseconds of a frame, as the answers report them; event loop of the server, worst round:',
    '',
    steps({ 'one stream': one, 'four streams': four, 'one frame at a time': single }),
    ...(latency ? ['', 'Four cameras that send at their own pace, whatever is answered:', '', latencyTable(results, latency)] : []),
    ...(peers ? ['', 'The photographs as they are, by a library and by the service (four streams):', '', peerTable(peers)] : []),
    '',
    ...verdicts({ results, ...(latency && { latency }), ...(peers && { peers }) }),
  ].join('\n');
}

const each = (bare: readonly BareOutput[]): string =>
  `${median(bare.map((r) => r.detectMs)).toFixed(1)} ms a picture for the detector and ${median(bare.map((r) => r.embedMs)).toFixed(1)} ms a face for the embedder`;

export function throughput({ bare, prepared, one, four, single }: Results): string {
  const row = (name: string, readings: readonly ServiceReading[]): string[] => [
    name,
    spreadText(over(readings, (r) => r.facesPerSecond)),
    spreadText(over(readings, (r) => r.framesPerSecond)),
    spreadText(ratio(readings, bare), 3),
    spreadText(ratio(readings, prepared), 3),
    over(readings, (r) => r.p50Ms).median.toFixed(0),
    over(readings, (r) => r.p95Ms).median.toFixed(0),
    over(readings, (r) => r.cpuMs).median.toFixed(1),
    over(readings, (r) => r.ownCpuMs).median.toFixed(1),
  ];
  const ceiling = (name: string, readings: readonly BareOutput[]): string[] => [
    name, spreadText(over(readings, (r) => r.facesPerSecond)), spreadText(over(readings, (r) => r.framesPerSecond)), '', '', '', '', over(readings, (r) => r.cpuMs).median.toFixed(1), '',
  ];
  return table(
    ['', 'faces/s', 'frames/s', 'of bare', 'of prepared', 'p50 ms', 'p95 ms', 'CPU ms a frame', 'sender’s'],
    [ceiling('bare ONNX Runtime', bare), ceiling('networks as prepared', prepared), row('one ALL stream', one), row('four ALL streams', four), row('one frame at a time', single)],
  );
}

export function steps(kinds: Readonly<Record<string, readonly ServiceReading[]>>): string {
  const names = ['queue', 'decode', 'detect', 'embed', 'search'];
  const rows = Object.entries(kinds).map(([kind, readings]) => [
    kind,
    ...names.map((name) => median(readings.map((r) => r.steps[name] ?? NaN)).toFixed(1)),
    over(readings, (r) => r.loopP99Ms).max.toFixed(1),
    over(readings, (r) => r.loopMaxMs).max.toFixed(1),
  ]);
  return table(['', ...names, 'loop p99', 'loop worst'], rows);
}

export function latencyTable({ single }: Results, latency: readonly LatencyReading[]): string {
  const rest = median(single.map(({ p50Ms }) => p50Ms));
  return table(
    ['load', 'offered frames/s', 'answered', 'p50 ms', 'p95 ms', 'p99 ms', 'p99 ÷ median at rest'],
    latency.map((r) => [`${Math.round(100 * r.share)} %`, r.offered.toFixed(1), r.framesPerSecond.toFixed(1), r.p50Ms.toFixed(0), r.p95Ms.toFixed(0), r.p99Ms.toFixed(0), (r.p99Ms / rest).toFixed(2)]),
  );
}

export function peerTable({ peer, ours, peerRates, oursRates }: PeerResults): string {
  const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
  const row = (name: string, speed: Spread, cpu: Spread, rates: PeerResults['oursRates']): string[] => [
    name, spreadText(speed, 2), cpu.median.toFixed(0), percent(rates.detected), String(rates.ghosts), percent(rates.identified), percent(rates.wrong),
  ];
  return table(
    ['', 'frames/s', 'CPU ms a frame', 'faces found', 'boxes on nobody', 'named rightly', 'named wrongly'],
    [
      row(`face-api, ${peer[0]?.backend ?? '?'}`, over(peer, (r) => r.framesPerSecond), over(peer, (r) => r.cpuMs), peerRates),
      row('glimpse', over(ours, (r) => r.framesPerSecond), over(ours, (r) => r.cpuMs), oursRates),
    ],
  );
}

function verdicts({ results, latency, peers }: Found): string[] {
  const { bare, prepared, one, four } = results;
  return [
    verdict('one ALL stream, of bare', ratio(one, bare).median, WANTED.ratioOneStream, 'least'),
    verdict('four ALL streams, of bare', ratio(four, bare).median, WANTED.ratioFourStreams, 'least'),
    verdict('ceiling, four streams', ratio(four, bare).median, WANTED.ceilingRatio, 'least'),
    `of the networks as the service prepares them: one stream ${ratio(one, prepared).median.toFixed(3)}, four ${ratio(four, prepared).median.toFixed(3)}`,
    verdict('CPU time outside the networks', overheadShare(results).median, WANTED.overheadShare, 'most'),
    `CPU time beyond that of the networks by themselves: ${overheadShareBeside(results).median.toFixed(3)}`,
    ...(latency ? [verdict('p99 at 80 % load ÷ median at rest', p99OverMedian(results, latency, 0.8), WANTED.p99At80OverMedian, 'most')] : []),
    ...(peers ? [verdict('frames/s ÷ those of the peer', peerRatio(peers).median, WANTED.peerRatio, 'least')] : []),
  ];
}

function verdict(kind: string, found: number, wanted: number, bound: 'least' | 'most'): string {
  const reached = bound === 'least' ? found >= wanted : found <= wanted;
  return `${kind}: ${found.toFixed(3)}, wanted at ${bound} ${wanted}: ${reached ? 'reached' : 'MISSED'}`;
}
