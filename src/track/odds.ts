import type { View } from './looks.js';
import type { Placed } from './motion.js';
import type { Track } from './track.js';

/**
 * How much likelier it is that what a frame shows is a track's face than that it is somebody else's: natural logarithms of likelihood ratios, so that
 * place and looks add up. Above 0: rather this face. The figures are from rendered crowds.
 */

/** Faces nobody waits for, for one that is waited for: on a square of a face's height. */
const NEWCOMERS = 0.05;
/** Degrees of freedom of Student's t: now and then a face is far from where it was expected, for people turn. */
const TAIL = 4;
/** The share of those who go another way than they went, and how far that takes them: standard deviation in heights of the face, at once and for each second. */
const WANDERERS = 0.2;
const STIR = 0.3;
const STROLL = 2;
/** Nobody goes farther than so many times that. */
const FARTHEST = 4;
/** Standard deviation of the logarithm of a box's height, with a tail: a face is as large as it was, its box at times is not. */
const SIZE = 0.3;

export function placeOdds({ motion, lastMiddle, lastBox, lastSeen }: Track, seen: Placed, now: number): number {
  const wide = STIR + STROLL * (now - lastSeen);
  const way = Math.hypot(seen.middle.x - lastMiddle.x, seen.middle.y - lastMiddle.y) / lastBox.height;
  if (way > FARTHEST * wide) return -Infinity;
  const { distance, spread, growth } = motion.surprise(seen);
  const onward = density(spread) / (1 + distance ** 2 / TAIL) ** (1 + TAIL / 2);
  const elsewhere = density(wide) * Math.exp(-((way / wide) ** 2) / 2);
  return Math.log(((1 - WANDERERS) * onward + WANDERERS * elsewhere) / NEWCOMERS) + sizeOdds(growth);
}

/** What a weak detection lacks: it is often nobody's. */
const WEAKNESS = 2;

/** Of a weak detection, which has no looks: only where the face is expected, and not where it might have gone. */
export function holdOdds({ motion }: Track, seen: Placed): number {
  const { distance, spread, growth } = motion.surprise(seen);
  return Math.log(density(spread) / NEWCOMERS) - distance ** 2 / 2 + sizeOdds(growth) - WEAKNESS;
}

/** Of a circular normal distribution, where it is highest. */
const density = (spread: number): number => 1 / (2 * Math.PI * spread ** 2);

const sizeOdds = (growth: number): number => -2 * Math.log(1 + (growth / SIZE) ** 2 / 3);

/** The cosine at which looks speak neither for a face nor against it where nothing of it is shared, what is added where all is, and what more of it is worth. */
const EVEN = 0.22;
const EVEN_SEEN = 0.24;
const SLOPE = 20;
/** The most that looks say for a face, for there are doubles; and against one of which nothing is shared, and what is added where all is, for people put things on. */
export const MOST_ALIKE = 8;
const LEAST_ALIKE = -2;
const LEAST_ALIKE_SEEN = -8;

export function looksOdds({ looks }: Track, view: View): number {
  if (looks === undefined) return 0;
  const shared = looks.shared(view);
  const odds = SLOPE * (looks.alike(view) - EVEN - EVEN_SEEN * shared);
  return Math.max(LEAST_ALIKE + LEAST_ALIKE_SEEN * shared, Math.min(MOST_ALIKE, odds));
}
