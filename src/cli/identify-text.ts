import type { Face, IdentifyResponse } from '../client/index.js';
import { evidenceJson } from './evidence.js';
import { plural, textTable } from './table.js';

/** One picture's answer for programs: what the API says, without the empty parts. */
export function answerJson(source: string, { result, skipped, timing }: IdentifyResponse): object {
  if (!result) return { source, skipped, timing };
  const faces = result.faces.map((face) => {
    const { landmarks, quality, importance } = face;
    return { ...trackJson(face), landmarks, quality, importance, evidence: evidenceJson(face) };
  });
  const outOfSight = result.outOfSight.map(trackJson);
  return { source, width: result.width, height: result.height, faces, ...(outOfSight.length > 0 && { outOfSight }), timing };
}

function trackJson({ box, detectionScore, decision, matches, trackId, trackState, trackAgeMs }: Face): object {
  return { box, detectionScore, decision, matches, ...(trackId > 0 && { trackId, trackState, trackAgeMs }) };
}

/** The same for people. */
export function answerText(source: string, { result, skipped }: IdentifyResponse): string {
  if (!result) return `${source}: not looked at, ${skipped?.reason ?? 'for no stated reason'}${skipped?.detail ? `: ${skipped.detail}` : ''}`;
  const head = `${source}: ${result.faces.length === 0 ? 'no faces' : plural(result.faces.length, 'face')}`;
  if (result.faces.length === 0) return head;
  const first = result.faces.some(({ trackId }) => trackId > 0) ? 'track' : '';
  const table = textTable([first, 'decision', 'name', 'similarity', 'needed', 'visible', 'box'], result.faces.map(faceRow));
  return `${head}\n${table.replaceAll(/^/gm, '  ')}`;
}

function faceRow({ box, decision, matches: [best], quality, trackId }: Face, index: number): string[] {
  const known = decision?.kind === 'KNOWN';
  return [
    String(trackId > 0 ? trackId : index + 1),
    decision?.kind ?? '',
    known ? (best?.name ?? '') : '–',
    best === undefined ? '–' : best.similarity.toFixed(2),
    decision === null ? '–' : decision.threshold.toFixed(2),
    quality === null ? '–' : `${Math.round(quality.visibility * 100)} %`,
    box === null ? '–' : [box.x, box.y, box.width, box.height].map(Math.round).join(','),
  ];
}
