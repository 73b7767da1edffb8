/**
 * What vision needs from a network: a subset of the runtime's port and contracts, declared here because leaf rooms do not import
 * each other. The runtime's types satisfy these as they are.
 */

export interface Tensor {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

export interface Network {
  run(input: Tensor, outputs: readonly string[]): Promise<Tensor[]>;
}

/** A pixel value v of 0 to 255 is fed as (v − mean) · scale, channel by channel in the order of `colour`. */
export interface PixelScaling {
  readonly colour: 'RGB' | 'BGR';
  readonly mean: readonly [number, number, number];
  readonly scale: readonly [number, number, number];
}

export interface DetectorSettings {
  /** Height and width of the input are multiples of `multiple`. */
  readonly input: PixelScaling & { readonly multiple: number };
  readonly outputs: readonly { readonly stride: number; readonly name: string }[];
  readonly score: number;
  readonly nmsIou: number;
}

export type Point = readonly [number, number];
export type Template = readonly [Point, Point, Point, Point, Point];

/** How a face is laid into the embedder's input. Coordinates are pixels of that input. */
export interface AlignmentSettings {
  readonly template: Template;
  readonly eyesMidpoint: Point;
  readonly fill: number;
}

export interface EmbedderSettings {
  readonly input: PixelScaling & { readonly width: number; readonly height: number };
  readonly alignment: AlignmentSettings;
  readonly outputs: { readonly embedding: string; readonly importance: string; readonly parts: string; readonly attention: string };
  readonly dimensions: number;
  readonly maps: number;
  /** Height and width of an attention map. */
  readonly attentionSize: Point;
}
