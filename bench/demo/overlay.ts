import sharp from 'sharp';
import { escapeXml } from '../../src/cli/annotate.js';
import type { Box } from '../../src/types.js';
import { HEIGHT, WIDTH } from './camera.js';
import type { ScoredFace, Verdict } from './score.js';

export const COLOURS: Readonly<Record<Verdict, string>> = { right: '#3ddc84', kept: '#7cc4ff', missed: '#ffb454', unseen: '#b8c0cc', wrong: '#ff5566' };
const LABEL = 22;

/** A frame of the film with what the service made of each face. Dashed: the truth of a face that was not detected. */
export function drawFrame(jpeg: Buffer, scored: readonly ScoredFace[]): Promise<Buffer> {
  const shown = scored.filter(({ face, truth }) => face !== undefined || truth?.whole === true);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" font-family="sans-serif" font-size="${LABEL}">${shown.map(faceSvg).join('')}</svg>`;
  return sharp(jpeg).composite([{ input: Buffer.from(svg) }]).jpeg({ quality: 82 }).toBuffer();
}

function faceSvg({ truth, face, verdict }: ScoredFace): string {
  const box = face?.box ?? truth?.box;
  if (!box) return '';
  const colour = COLOURS[verdict];
  const dash = face === undefined ? ' stroke-dasharray="10 8"' : '';
  const outline = `<rect x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}" rx="5" fill="none" stroke="${colour}" stroke-width="4"${dash}/>`;
  return outline + labelSvg(box, labelOf(face, verdict), colour);
}

function labelOf(face: ScoredFace['face'], verdict: Verdict): string {
  if (face === undefined) return 'not detected';
  const best = face.matches[0];
  if (face.decision?.kind === 'KNOWN') return `${best?.name ?? '?'} ${best?.similarity.toFixed(2) ?? ''}${verdict === 'wrong' ? ' ✗' : ''}`;
  return face.decision?.kind === 'POOR' ? 'too little to see' : 'unknown';
}

function labelSvg(box: Box, text: string, colour: string): string {
  const width = text.length * LABEL * 0.62 + 16;
  const x = Math.max(0, Math.min(box.x, WIDTH - width));
  const y = box.y > LABEL * 1.6 ? box.y - LABEL * 1.5 : box.y + box.height + 2;
  return (
    `<rect x="${x}" y="${y}" width="${width}" height="${LABEL * 1.4}" rx="4" fill="${colour}"/>` +
    `<text x="${x + 8}" y="${y + LABEL * 1.02}" fill="#10151c">${escapeXml(text)}</text>`
  );
}
