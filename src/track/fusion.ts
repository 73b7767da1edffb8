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

/**
 * A template that grows over frames. Each attention map keeps the mean of its own vectors, weighted by importance and quality; the maps are added up by
 * how much evidence each has, with diminishing returns. A mouth that was seen once is thereby not drowned by an eye that was seen in fifty
 * frames, as it would be in the mean of the embeddings. Memory: K·D + K numbers, however long it grows.
 */
export class Fusion {
  private readonly sums: Float64Array;
  private readonly evidence: Float64Array;
  private frames = 0;

  constructor(
    private readonly maps: number,
    private readonly dimensions: number,
  ) {
    this.sums = new Float64Array(maps * dimensions);
    this.evidence = new Float64Array(maps);
  }

  get count(): number {
    return this.frames;
  }

  add({ importance, parts, quality }: PartialView): void {
    this.frames += 1;
    for (let map = 0; map < this.maps; map++) {
      const weight = (importance[map] ?? 0) * quality;
      this.evidence[map] = (this.evidence[map] ?? 0) + weight;
      for (let i = map * this.dimensions; i < (map + 1) * this.dimensions; i++) {
        this.sums[i] = (this.sums[i] ?? 0) + weight * (parts[i] ?? 0);
      }
    }
  }

  /** D numbers of unit length. Throws RangeError before the first view. */
  template(): Float32Array {
    if (this.frames === 0) throw new RangeError('no view was added yet');
    const fused = new Float64Array(this.dimensions);
    for (let map = 0; map < this.maps; map++) {
      const evidence = this.evidence[map] ?? 0;
      if (evidence <= 0) continue;
      const share = evidence / (evidence + HALF_SAID) / evidence;
      for (let i = 0; i < this.dimensions; i++) fused[i] = (fused[i] ?? 0) + share * (this.sums[map * this.dimensions + i] ?? 0);
    }
    const length = Math.sqrt(fused.reduce((sum, value) => sum + value * value, 0));
    return Float32Array.from(fused, (value) => value / (length || 1));
  }
}
