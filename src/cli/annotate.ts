import type { Face } from '../client/index.js';

const COLOURS: Readonly<Record<string, string>> = { KNOWN: '#3ddc84', UNKNOWN: '#ffb454', POOR: '#b8c0cc' };

/**
 * The picture, upright, with each face's box, landmarks, decision and name drawn in, as JPEG. Names are set in the machine's
 * sans-serif font; without any font the colours still tell known (green), unknown (orange) and poor (grey).
 */
export async function annotate(picture: Uint8Array, faces: readonly Face[]): Promise<Buffer> {
  const { default: sharp } = await import('sharp');
  const { data, info } = await sharp(picture).rotate().jpeg({ quality: 95 }).toBuffer({ resolveWithObject: true });
  const overlay = Buffer.from(overlaySvg(info.width, info.height, faces));
  return sharp(data).composite([{ input: overlay }]).jpeg({ quality: 88 }).toBuffer();
}

export function overlaySvg(width: number, height: number, faces: readonly Face[]): string {
  const unit = Math.max(1, Math.min(width, height) / 500);
  const drawn = faces.map((face) => faceSvg(face, unit, width)).join('');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif">${drawn}</svg>`;
}

function faceSvg({ box, landmarks, decision, matches }: Face, unit: number, pictureWidth: number): string {
  if (box === null) return '';
  const colour = COLOURS[decision?.kind ?? ''] ?? '#ffffff';
  const size = Math.max(13, Math.min(13 * unit, box.width / 5));
  const text = labelOf(decision?.kind, matches[0]);
  const labelWidth = text.length * size * 0.6 + size;
  const x = Math.max(0, Math.min(box.x, pictureWidth - labelWidth));
  const y = box.y >= size * 1.5 ? box.y - size * 1.5 : box.y + box.height;
  const points = landmarks
    .map((point) => `<circle cx="${point.x}" cy="${point.y}" r="${1.8 * unit}" fill="${colour}" fill-opacity="${point.visibility < 0.5 ? 0.25 : 0.9}"/>`)
    .join('');
  return (
    `<rect x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}" rx="${3 * unit}" fill="none" stroke="${colour}" stroke-width="${2 * unit}"/>${points}` +
    `<rect x="${x}" y="${y}" width="${labelWidth}" height="${size * 1.5}" rx="${2 * unit}" fill="${colour}"/>` +
    `<text x="${x + size / 2}" y="${y + size * 1.1}" font-size="${size}" fill="#10151c">${escapeXml(text)}</text>`
  );
}

function labelOf(kind: string | undefined, best: Face['matches'][number] | undefined): string {
  if (kind === 'KNOWN' && best !== undefined) return `${best.name} ${best.similarity.toFixed(2)}`;
  return kind === 'UNKNOWN' ? 'unknown' : 'too little to see';
}

export function escapeXml(text: string): string {
  const entities: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;', "'": '&apos;' };
  return text.replace(/[<>&"']/g, (character) => entities[character] ?? '');
}
