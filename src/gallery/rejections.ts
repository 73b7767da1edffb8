/** A face that was taken for an identity and is not it. */
export interface Rejection {
  /** 256 numbers of unit length. */
  readonly vector: Float32Array;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** How much nearer to the identity than to a rejected face a probe has to be, as a difference of cosines. Measured: docs/decisions. */
export const REJECTION_MARGIN = 0.05;
/** Rejections that are kept of one identity; the oldest make room. */
export const MOST_REJECTIONS = 32;
/** For how long a rejection is kept. */
export const REJECTION_DAYS = 90;

/**
 * Whether a probe may still be named as an identity for which a face was rejected. The rejected face is a counter-example: whoever is no
 * clearly nearer to the identity than to it is not named.
 * @param similarity of the probe with the identity
 * @param toRejected cosine of the probe with the rejected face
 */
export const outweighs = (similarity: number, toRejected: number, margin = REJECTION_MARGIN): boolean => similarity >= toRejected + margin;
