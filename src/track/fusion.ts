/* eslint-disable @typescript-eslint/no-non-null-assertion -- these loops keep within the bounds of their arrays */

/** What one frame says of a face, as the embedder puts it. */
export interface PartialView {
  /** s: K numbers that sum to 1. */
  readonly importance: Float32Array;
  /** f: K vectors of D numbers, end to end, unit length each. */
  readonly parts: Float32Array;
  /** 0 to 1: how much this frame is to be believed. */
  readonly quality: number;
}

/** The evidence at which a map has said most of what it can: more of the same frame after frame adds little. */
const HALF_SAID = 0.25;
/** A template is made anew when some map has this share of evidence more than when it was made. */
const NEWS = 0.04;

/**
 * A template that grows over frames. Each attention map keeps the sum of its own vectors, weighted by importance and quality; the maps are added up by
 * how much evidence each has, with diminishing returns. A mouth that was seen once is thereby not drowned by an eye that was seen in fifty
 * frames, as it would be in the mean of the embeddings. Memory: K·D + 2 K + D numbers, however long it grows.
 */
export class Fusion {
  private readonly sums: Float32Array;
  private readonly evidence: Float64Array;
  /** What the template was made of, and the template. */
  private readonly told: Float64Array;
  private made: Float32Array | undefined;
  private frames = 0;

  constructor(
    private readonly maps: number,
    private readonly dimensions: number,
  ) {
    this.sums = new Float32Array(maps * dimensions);
    this.evidence = new Float64Array(maps);
    this.told = new Float64Array(maps);
  }

  get count(): number {
    return this.frames;
  }

  add({ importance, parts, quality }: PartialView): void {
    this.frames += 1;
    const { maps, dimensions, sums } = this;
    for (let map = 0; map < maps; map++) {
      const weight = importance[map]! * quality;
      this.evidence[map]! += weight;
      const end = (map + 1) * dimensions;
      for (let i = map * dimensions; i < end; i++) sums[i]! += weight * parts[i]!;
    }
  }

  /** D numbers of unit length; the same array until there is news. Throws RangeError before the first view. */
  template(): Float32Array {
    if (this.frames === 0) throw new RangeError('no view was added yet');
    if (this.made === undefined || this.hasNews()) this.made = this.make();
    return this.made;
  }

  private hasNews(): boolean {
    return this.evidence.some((value, map) => value - this.told[map]! > NEWS * (this.told[map]! + HALF_SAID));
  }

  private make(): Float32Array {
    const { maps, dimensions, sums, evidence } = this;
    const fused = new Float32Array(dimensions);
    for (let map = 0; map < maps; map++) {
      const share = 1 / (evidence[map]! + HALF_SAID);
      const start = map * dimensions;
      for (let i = 0; i < dimensions; i++) fused[i]! += share * sums[start + i]!;
    }
    this.told.set(evidence);
    let square = 0;
    for (let i = 0; i < dimensions; i++) square += fused[i]! * fused[i]!;
    const scale = square > 0 ? 1 / Math.sqrt(square) : 1;
    for (let i = 0; i < dimensions; i++) fused[i]! *= scale;
    return fused;
  }
}
