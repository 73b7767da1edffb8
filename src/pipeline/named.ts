import type { Match } from '../gallery/port.js';
import type { Judgement } from './decide.js';

/**
 * Whom an answer gives away: whoever is listed with a similarity that reaches the threshold, be it the one that was applied or the
 * house's own. So a caller who asks for a threshold of 1 does not look people up unseen.
 */
export function named({ matches, own }: Pick<Judgement, 'matches' | 'own'>): Match[] {
  return matches.filter(({ similarity }) => similarity >= own);
}

/** Their ids, each once, by collection. */
export function byCollection(matches: readonly Match[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { collection, identityId } of matches) {
    const ids = found.get(collection) ?? [];
    if (!ids.includes(identityId)) found.set(collection, [...ids, identityId]);
  }
  return found;
}
