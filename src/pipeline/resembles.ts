import type { Gallery } from '../gallery/port.js';
import type { Vision } from '../types.js';
import { lookalike, type Rejection } from './gates.js';

/** Share of the faces of new people that may be taken for somebody who is enrolled, and refused. */
const WRONGLY_REFUSED = 0.01;

/** A face that is about to be enrolled. */
export interface Newcomer {
  readonly collection: string;
  /** Whose it is to be; empty: nobody's yet. */
  readonly identityId: string;
  /** Of unit length. */
  readonly probe: Float32Array;
  /** 0 to 1. */
  readonly visibility: number;
}

/**
 * Why a face may not be enrolled, if it looks like somebody else in the collection. The bar is that of one comparison, at FMR 1e-5, and in a large collection
 * that of a search, since there some stranger always passes the first.
 */
export async function resemblesOther(
  { vision, gallery }: { readonly vision: Pick<Vision, 'threshold' | 'yardstick'>; readonly gallery: Pick<Gallery, 'search' | 'reach'> },
  { collection, identityId, probe, visibility }: Newcomer,
  cure?: string,
): Promise<Rejection | undefined> {
  const [[matches = []], reach] = await Promise.all([gallery.search(collection, [probe], 2), gallery.reach(collection)]);
  const { threshold } = vision.yardstick({ probe, visibility, reach, fpir: WRONGLY_REFUSED });
  return lookalike(matches, identityId, Math.max(threshold, vision.threshold(visibility, probe)), cure);
}
