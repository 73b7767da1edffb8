import { GlimpseError } from '../../src/errors.js';

/** For assert.rejects and assert.throws: an `undecodable` error with this reason and field. */
export const undecodable = (reason: string, field: string) => (error: unknown): boolean =>
  error instanceof GlimpseError && error.kind === 'undecodable' && error.detail.reason === reason && error.detail.field === field && error.detail.cure !== '';

/** Numbers that look random and are always the same: a linear congruential generator, 0 to 1. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
