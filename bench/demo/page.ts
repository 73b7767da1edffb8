import { escapeXml } from '../../src/cli/annotate.js';
import type { Occlusion } from './film.js';
import { COLOURS } from './overlay.js';
import { type Figures, occludedRows, PROOF, share } from './report.js';
import { type Counts, ROWS, total } from './tally.js';

export interface PagePicture {
  readonly occlusion: Occlusion;
  readonly jpeg: Buffer;
}

const TITLES: Readonly<Record<Occlusion, string>> = {
  none: 'Nothing in the way',
  bar: 'A bar',
  mask: 'A mask over the lower half',
  sunglasses: 'Sunglasses',
  hand: 'A hand',
  passing: 'Something passing',
};

/** One file that needs nothing else: pictures and style are in it. */
export function pageHtml(figures: Figures, pictures: readonly PagePicture[], machine: string): string {
  const sections = ROWS.map((row) => sectionHtml(row, figures.byOcclusion[row], pictures.filter(({ occlusion }) => occlusion === row)));
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Glimpse: the demo</title>
<style>${STYLE}</style>
<header>
<h1>Glimpse</h1>
<p>${figures.enrolled} people enrolled from one picture each; then a camera, real time, things in the way.</p>
</header>
<main>
<dl>${headline(figures)}</dl>
${tableHtml(figures)}
<p class="legend">${LEGEND}</p>
${sections.join('\n')}
<h2>What this shows, and what it does not</h2>
${PROOF.split(/\n(?=What)/).map((text) => `<p>${escapeXml(text)}</p>`).join('\n')}
<p class="quiet">${escapeXml(machine)}. Photographs: the demo folder of @vladmandic/face-api.</p>
</main>
</html>
`;
}

function headline(figures: Figures): string {
  const { none } = figures.byOcclusion;
  const occluded = occludedRows(figures.byOcclusion);
  const entries = [
    ['recognised, nothing in the way', share(none.identified, none.faces)],
    ['recognised, half hidden', share(occluded.identified, occluded.faces)],
    ['called by a wrong name', String(figures.wrong)],
    ['strangers kept unknown', `${figures.strangersKept} of ${figures.strangersTotal}`],
    ['latency, median', `${figures.p50Ms.toFixed(0)} ms`],
    ['frames a second', String(figures.fps)],
  ];
  return entries.map(([name = '', value = '']) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join('');
}

function tableHtml({ byOcclusion, elsewhere }: Figures): string {
  const row = (name: string, { faces, detected, identified, wrong, strangersKept, strangersTotal }: Counts): string =>
    `<tr><th scope="row">${name}</th><td>${faces}</td><td>${detected}</td><td>${identified}</td><td>${share(identified, faces)}</td><td>${wrong}</td><td>${strangersKept} of ${strangersTotal}</td></tr>`;
  const rows = [...ROWS.map((name) => row(TITLES[name], byOcclusion[name])), row('All', total(ROWS.map((name) => byOcclusion[name]))), row('Of these, filmed in another photograph', elsewhere)];
  const head = ['', 'faces', 'detected', 'identified', 'share', 'wrong', 'strangers kept unknown'].map((title) => `<th scope="col">${title}</th>`);
  return `<table><thead><tr>${head.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function sectionHtml(row: Occlusion, { identified, faces }: Counts, pictures: readonly PagePicture[]): string {
  if (pictures.length === 0) return '';
  const images = pictures.map(({ jpeg }) => `<img loading="lazy" alt="${TITLES[row]}: a frame with the service's answers" src="data:image/jpeg;base64,${jpeg.toString('base64')}">`);
  return `<h2>${TITLES[row]} <small>${identified} of ${faces} identified</small></h2>\n<div class="frames">${images.join('\n')}</div>`;
}

const swatch = (colour: string, text: string): string => `<span><i style="background:${colour}"></i>${text}</span>`;
const LEGEND = [
  swatch(COLOURS.right, 'recognised'),
  swatch(COLOURS.kept, 'a stranger, kept unknown'),
  swatch(COLOURS.missed, 'enrolled, not recognised'),
  swatch(COLOURS.unseen, 'not detected'),
  swatch(COLOURS.wrong, 'called by a wrong name'),
].join(' ');

const STYLE = `
:root { color-scheme: dark; --ink: #e8edf4; --quiet: #93a0b1; --line: #27303c; --paper: #10151c; }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif }
header, main { max-width: 1180px; margin: 0 auto; padding: 0 24px }
header { padding-top: 48px }
h1 { margin: 0; font-size: 44px; letter-spacing: -0.02em }
h2 { margin: 56px 0 14px; font-size: 22px }
small, header p, .quiet { color: var(--quiet); font-weight: 400 }
small { font-size: 15px; margin-left: 10px }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(165px, 1fr)); gap: 1px; background: var(--line); border: 1px solid var(--line); border-radius: 10px; overflow: hidden; margin: 28px 0 }
dl div { background: #151c25; padding: 16px 18px; display: flex; flex-direction: column-reverse; justify-content: flex-end }
dt { color: var(--quiet); font-size: 13px }
dd { margin: 0; font-size: 26px; font-variant-numeric: tabular-nums }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: 7px 10px; text-align: right; border-bottom: 1px solid var(--line) }
th:first-child { text-align: left } thead th { color: var(--quiet); font-weight: 400 } tbody th { font-weight: 400 } tbody tr:nth-last-child(2) * { font-weight: 600 } tbody tr:last-child * { color: var(--quiet) }
.legend { display: flex; flex-wrap: wrap; gap: 6px 20px; color: var(--quiet); font-size: 14px }
.legend i { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin-right: 7px }
.frames { display: grid; grid-template-columns: repeat(auto-fill, minmax(360px, 1fr)); gap: 12px }
img { width: 100%; display: block; border-radius: 8px }
.quiet { font-size: 14px; margin: 40px 0 60px }
`;
