/* eslint-disable @typescript-eslint/no-non-null-assertion -- these loops keep within the bounds of their arrays */

import { cosine } from '../cosine.js';

/** What one frame says of a face, as the embedder puts it. */
export interface PartialView {
  /** D numbers of unit length: all of it together. */
  readonly embedding: Float32Array;
  /** s: K numbers that sum to 1. */
  readonly importance: Float32Array;
  /** f: K vectors of D numbers, end to end, unit length each. */
  readonly parts: Float32Array;
  /** 0 to 1: how much this frame is to be believed. */
  readonly quality: number;
}

/** What a frame counts that says nothing new. */
const LEAST_NEW = 0.02;
/** A template is made anew when it has this share of evidence more than when it was made. */
const NEWS = 0.04;

/**
 * A template that grows over frames. Each attention map keeps the sum of its own vectors, weighted by importance, quality, and how much of the frame is new: one
 * less its cosine with the template so far. Frames of a video are much alike, and a mouth that was seen once is thereby not drowned by an eye that was
 * seen in fifty frames, as it would be in the mean of the embeddings. Memory: K·D + D numbers, however long it grows.
 */
export class Fusion {
  private readonly sums: Float32Array;
  private evidence = 0;
  /** The evidence that the template was made of, and the template. */
  private told = 0;
  private made: Float32Array | undefined;
  private frames = 0;

  constructor(
    private readonly maps: number,
    private readonly dimensions: number,
  ) {
    this.sums = new Float32Array(maps * dimensions);
  }

  get count(): number {
    return this.frames;
  }

  add({ embedding, importance, parts, quality }: PartialView): void {
    const known = this.frames === 0 ? 0 : cosine(embedding, this.template());
    const share = quality * Math.min(1, Math.max(LEAST_NEW, 1 - known));
    this.frames += 1;
    const { maps, dimensions, sums } = this;
    for (let map = 0; map < maps; map++) {
      const weight = share * importance[map]!;
      this.evidence += weight;
      const end = (map + 1) * dimensions;
      for (let i = map * dimensions; i < end; i++) sums[i]! += weight * parts[i]!;
    }
  }

  /** D numbers of unit length; the same array until there is news. Throws RangeError before the first view. */
  template(): Float32Array {
    if (this.frames === 0) throw new RangeError('no view was added yet');
    if (this.made === undefined || this.evidence > (1 + NEWS) * this.told) this.made = this.make();
    return this.made;
  }

  private make(): Float32Array {
    const { maps, dimensions, sums } = this;
    const fused = new Float32Array(dimensions);
    for (let map = 0; map < maps; map++) {
      const start = map * dimensions;
      for (let i = 0; i < dimensions; i++) fused[i]! += sums[start + i]!;
    }
    this.told = this.evidence;
    let square = 0;
    for (let i = 0; i < dimensions; i++) square += fused[i]! * fused[i]!;
    const scale = square > 0 ? 1 / Math.sqrt(square) : 1;
    for (let i = 0; i < dimensions; i++) fused[i]! *= scale;
    return fused;
  }
}
