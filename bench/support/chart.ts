/** Line charts as SVG, for the docs: readable on light and dark pages, without a library. */

export interface Line {
  readonly name: string;
  /** x and y; in the order of x. */
  readonly points: readonly (readonly [number, number])[];
  readonly dashed?: boolean;
}

export interface Chart {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly lines: readonly Line[];
}

const WIDTH = 640;
const HEIGHT = 400;
const BOX = { left: 60, top: 40, right: WIDTH - 150, bottom: HEIGHT - 50 };
/** Told apart by those who do not tell red from green (Okabe and Ito, 2008). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];

export function lineChart({ title, x, y, lines }: Chart): string {
  const points = lines.flatMap((line) => line.points);
  const across = axis(points.map(([value]) => value), BOX.left, BOX.right);
  const up = axis(points.map(([, value]) => value), BOX.bottom, BOX.top);
  const drawn = lines.map((line, i) => drawLine(line, COLOURS[i % COLOURS.length] ?? '', i, across, up));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text(WIDTH / 2, 22, title, 'middle', 14),
    ...across.ticks.map((tick) => `${rule(across.at(tick), BOX.top, across.at(tick), BOX.bottom)}${text(across.at(tick), BOX.bottom + 18, label(tick), 'middle')}`),
    ...up.ticks.map((tick) => `${rule(BOX.left, up.at(tick), BOX.right, up.at(tick))}${text(BOX.left - 8, up.at(tick) + 4, label(tick), 'end')}`),
    text((BOX.left + BOX.right) / 2, HEIGHT - 12, x, 'middle'),
    `<g transform="rotate(-90 16 ${(BOX.top + BOX.bottom) / 2})">${text(16, (BOX.top + BOX.bottom) / 2, y, 'middle')}</g>`,
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}

interface Axis {
  at(value: number): number;
  readonly ticks: readonly number[];
}

function axis(values: readonly number[], from: number, to: number): Axis {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const step = roundStep((high - low || 1) / 6);
  const [first, last] = [Math.floor(low / step) * step, Math.ceil(high / step) * step];
  const count = Math.max(1, Math.round((last - first) / step));
  return {
    at: (value) => Math.round((from + ((value - first) / (count * step)) * (to - from)) * 10) / 10,
    ticks: Array.from({ length: count + 1 }, (_, i) => first + i * step),
  };
}

/** 1, 2 or 5 times a power of ten, at least as large as asked. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return (([1, 2, 5].find((factor) => factor * power >= least) ?? 10)) * power;
}

function drawLine({ name, points, dashed = false }: Line, colour: string, place: number, across: Axis, up: Axis): string {
  const path = points.map(([px, py]) => `${across.at(px)},${up.at(py)}`).join(' ');
  const dash = dashed ? ' stroke-dasharray="6 4"' : '';
  const key = BOX.top + 12 + 20 * place;
  return [
    `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"${dash}/>`,
    ...points.map(([px, py]) => `<circle cx="${across.at(px)}" cy="${up.at(py)}" r="3" fill="${colour}"/>`),
    `<line x1="${BOX.right + 12}" y1="${key}" x2="${BOX.right + 36}" y2="${key}" stroke="${colour}" stroke-width="2"${dash}/>`,
    text(BOX.right + 42, key + 4, name, 'start'),
  ].join('');
}

const rule = (x1: number, y1: number, x2: number, y2: number): string => `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="#dddddd"/>`;

const text = (x: number, y: number, words: string, anchor: string, size = 12): string =>
  `<text x="${x}" y="${y}" text-anchor="${anchor}" font-size="${size}" fill="#222222">${escaped(words)}</text>`;

const escaped = (words: string): string => words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

const label = (tick: number): string => String(Number(tick.toPrecision(6)));
