import type { Face, IdentifyResponse } from '../client/index.js';
import { evidenceJson } from './evidence.js';
import { plural, textTable } from './table.js';

/** One picture's answer for programs: what the API says, without the empty parts. */
export function answerJson(source: string, { result, skipped, timing }: IdentifyResponse): object {
  if (!result) return { source, skipped, timing };
  const faces = result.faces.map((face) => {
    const { box, landmarks, detectionScore, quality, decision, matches, importance } = face;
    return { box, landmarks, detectionScore, quality, decision, matches, importance, evidence: evidenceJson(face) };
  });
  return { source, width: result.width, height: result.height, faces, timing };
}

/** The same for people. */
export function answerText(source: string, { result, skipped }: IdentifyResponse): string {
  if (!result) return `${source}: not looked at, ${skipped?.reason ?? 'for no stated reason'}${skipped?.detail ? `: ${skipped.detail}` : ''}`;
  const head = `${source}: ${result.faces.length === 0 ? 'no faces' : plural(result.faces.length, 'face')}`;
  if (result.faces.length === 0) return head;
  const table = textTable(['', 'decision', 'name', 'similarity', 'needed', 'visible', 'box'], result.faces.map(faceRow));
  return `${head}\n${table.replaceAll(/^/gm, '  ')}`;
}

function faceRow({ box, decision, matches: [best], quality }: Face, index: number): string[] {
  const known = decision?.kind === 'KNOWN';
  return [
    String(index + 1),
    decision?.kind ?? '',
    known ? (best?.name ?? '') : '–',
    best === undefined ? '–' : best.similarity.toFixed(2),
    decision === null ? '–' : decision.threshold.toFixed(2),
    quality === null ? '–' : `${Math.round(quality.visibility * 100)} %`,
    box === null ? '–' : [box.x, box.y, box.width, box.height].map(Math.round).join(','),
  ];
}
