import { quantile, round } from '../support/stats.js';
import { table } from '../support/table.js';
import type { Answer, Played } from './play.js';
import { type Counts, ROWS, type Tally, total } from './tally.js';

/** What `--json` prints as its last line. */
export interface Figures {
  readonly enrolled: number;
  /** Frames that were looked at; the others were superseded by newer ones. */
  readonly frames: number;
  readonly superseded: number;
  readonly faces: number;
  readonly identified: number;
  readonly wrong: number;
  readonly strangersKept: number;
  readonly strangersTotal: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly fps: number;
  readonly byOcclusion: Tally;
  /** Faces of people who are filmed in another photograph than the one that enrolled them; part of the above. */
  readonly elsewhere: Counts;
}

export function figuresOf(enrolled: number, { answers, seconds }: Played, counts: Pick<Figures, 'byOcclusion' | 'elsewhere'>): Figures {
  const looked = answers.filter((answer): answer is Required<Answer> => answer.faces !== undefined);
  const latencies = looked.map(({ latencyMs }) => latencyMs);
  const { faces, identified, wrong, strangersKept, strangersTotal } = total(ROWS.map((row) => counts.byOcclusion[row]));
  return {
    enrolled,
    frames: looked.length,
    superseded: answers.length - looked.length,
    faces,
    identified,
    wrong,
    strangersKept,
    strangersTotal,
    p50Ms: round(quantile(latencies, 0.5)),
    p95Ms: round(quantile(latencies, 0.95)),
    fps: round(looked.length / seconds),
    ...counts,
  };
}

export const share = (part: number, whole: number): string => (whole === 0 ? '–' : `${((100 * part) / whole).toFixed(0)} %`);

/** The rows that are occluded for certain. */
export const occludedRows = (byOcclusion: Tally): Counts => total(ROWS.filter((row) => row !== 'none' && row !== 'passing').map((row) => byOcclusion[row]));

export function figuresText(figures: Figures): string {
  const { byOcclusion, elsewhere, frames, superseded, fps, p50Ms, p95Ms } = figures;
  const row = (name: string, c: Counts): (string | number)[] => [
    name, c.faces, c.detected, c.identified, share(c.identified, c.faces), c.wrong, `${c.strangersKept} of ${c.strangersTotal}`,
  ];
  const rows = [
    ...ROWS.map((name) => row(name, byOcclusion[name])),
    row('all occluded', occludedRows(byOcclusion)),
    row('all', total(ROWS.map((name) => byOcclusion[name]))),
    row('of these, another photograph', elsewhere),
  ];
  return [
    table(['occlusion', 'faces', 'detected', 'identified', 'share', 'wrong', 'strangers kept unknown'], rows),
    '',
    `${frames} frames looked at, ${superseded} superseded by newer ones; ${fps} frames a second, latency p50 ${p50Ms} ms, p95 ${p95Ms} ms.`,
  ].join('\n');
}

/** Said wherever the figures are shown. */
export const PROOF = [
  'What this shows: the whole path in real time (gRPC in, both networks, SQLite, index, gRPC out), how well half-hidden faces are',
  'still recognised, and whether people who were never enrolled stay unknown.',
  'What it does not show: recognition on another day. All but one of the enrolled people appear only in the photograph that they were',
  'enrolled from: at another scale and position, with other light, blur, noise and compression, but with the same pose and',
  'expression, which is easier than life. A dozen people are a handful, and the occluders are drawn. docs/accuracy.md has the',
  'figures on photographs taken on different days.',
].join('\n');
