import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Face } from '../client/index.js';
import { escapeXml } from './annotate.js';
import { isoDate } from './gallery/identity.js';

/** Pixels: the sides of a crop as it is drawn, the room for words, and what lies between. */
const [SIDE, WORDS, GAP] = [224, 440, 12];
const WIDTH = 2 * SIDE + WORDS + 4 * GAP;
const ROW = SIDE + GAP;
const BAR = 130;

/**
 * One row a face that has its evidence: the face as the network saw it, where the network looked, and what each region said. JPEG; undefined
 * where no face has any.
 */
export async function drawEvidence(faces: readonly Face[]): Promise<Buffer | undefined> {
  const shown = faces.map((face, i) => ({ face, number: i + 1 })).filter(({ face }) => face.evidence !== null && face.crop.length > 0);
  if (shown.length === 0) return undefined;
  const { default: sharp } = await import('sharp');
  const large = (webp: Buffer): Promise<Buffer> => sharp(webp).resize(SIDE, SIDE, { fit: 'fill' }).png().toBuffer();
  const pictures = await Promise.all(shown.flatMap(({ face }, row) => [face.crop, face.evidence?.heatMap ?? face.crop].map(async (webp, column) => ({
    input: await large(webp), left: GAP + column * (SIDE + GAP), top: GAP + row * ROW,
  }))));
  const words = Buffer.from(evidenceSvg(shown));
  return sharp({ create: { width: WIDTH, height: GAP + shown.length * ROW, channels: 3, background: '#10151c' } })
    .composite([...pictures, { input: words, left: 0, top: 0 }]).jpeg({ quality: 90 }).toBuffer();
}

export function evidenceSvg(shown: readonly { readonly face: Face; readonly number: number }[]): string {
  const height = GAP + shown.length * ROW;
  const rows = shown.map(({ face, number }, row) => `<g transform="translate(${2 * SIDE + 3 * GAP},${GAP + row * ROW})">${wordsOf(face, number)}</g>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="sans-serif" fill="#e8ecf1">${rows.join('')}</svg>`;
}

function wordsOf({ decision, matches: [best], evidence }: Face, number: number): string {
  const matched = evidence?.matched;
  const head = decision?.kind === 'KNOWN' && best !== undefined ? best.name : (decision?.kind ?? '').toLowerCase();
  const figures = best === undefined ? 'nobody to compare with' : `similarity ${best.similarity.toFixed(2)}, needed ${(decision?.threshold ?? 0).toFixed(2)}`;
  const from = matched ? `nearest: ${matched.label || matched.faceId}, enrolled ${isoDate(matched.enrolledAt).slice(0, 10)}` : '';
  const text = (y: number, size: number, words: string): string => `<text x="0" y="${y}" font-size="${size}">${escapeXml(words)}</text>`;
  const bars = (evidence?.regions ?? []).map(({ region, share, similarity, similarityWithout }, i) => {
    const y = 82 + i * 23;
    const said = similarity === undefined ? '' : `alone ${similarity.toFixed(2)}  without ${(similarityWithout ?? 0).toFixed(2)}`;
    return `${text(y + 13, 13, region.toLowerCase())}<rect x="90" y="${y}" width="${BAR * share}" height="16" fill="#e55c30"/>` +
      `<text x="${96 + BAR * share}" y="${y + 13}" font-size="13">${Math.round(share * 100)} %</text><text x="${BAR + 135}" y="${y + 13}" font-size="13">${said}</text>`;
  });
  return text(18, 18, `${number}  ${head}`) + text(40, 13, figures) + text(60, 13, from) + bars.join('');
}

/** Writes why each face of a picture was taken for whom: the drawing, and for each match a file that `glimpse gallery confirm` and `reject` take. */
export async function writeEvidence(folder: string, stem: string, faces: readonly Face[]): Promise<void> {
  const drawn = await drawEvidence(faces);
  if (drawn !== undefined) await writeFile(join(folder, `${stem}.jpg`), drawn);
  for (const [i, { evidence }] of faces.entries()) {
    if (evidence === null || evidence.matchToken.length === 0) continue;
    await writeFile(join(folder, `${stem}-${i + 1}.match`), `${evidence.matchToken.toString('base64')}\n`, { mode: 0o600 });
  }
}

/** For programs: all but the pictures. */
export function evidenceJson({ evidence }: Face): object | undefined {
  if (evidence === null) return undefined;
  const { regions, matched, matchToken } = evidence;
  return { regions, matched: matched && { ...matched, enrolledAt: isoDate(matched.enrolledAt) }, matchToken: matchToken.toString('base64') };
}
