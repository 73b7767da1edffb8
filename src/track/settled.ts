import type { Box } from '../types.js';
import type { Track } from './track.js';

/** So many views in, another one hardly moves the template. */
const ENOUGH_VIEWS = 6;
/** Seconds since it was seen, within which its place is known well. */
const FRESH = 0.5;
/** Two faces nearer than this, in widths of a face between their centres, may be taken for each other. */
const ELBOW_ROOM = 2;

/**
 * Where faces are expected about which nothing is left to learn: seen a moment ago, embedded often enough and not long ago, and with nobody
 * near. A face that is found there need not be embedded.
 * @param at seconds; when the next frame was taken
 * @param refresh seconds after which a face is embedded again, whatever is known: it could be somebody else's
 */
export function settledPlaces(tracks: readonly Track[], at: number, refresh: number): Box[] {
  const places = tracks.map(({ motion }) => motion.expected(at));
  return places.filter((place, i) => {
    const { looks, lastSeen, lastLooked } = tracks[i] as Track;
    const known = looks !== undefined && looks.views >= ENOUGH_VIEWS && at - lastSeen <= FRESH && at - lastLooked < refresh;
    return known && places.every((other, j) => j === i || apart(place, other));
  });
}

function apart(a: Box, b: Box): boolean {
  const [dx, dy] = [a.x + a.width / 2 - b.x - b.width / 2, a.y + a.height / 2 - b.y - b.height / 2];
  return Math.hypot(dx, dy) > ELBOW_ROOM * Math.max(a.width, b.width);
}
