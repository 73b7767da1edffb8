import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { GlimpseError } from '../errors.js';
import type { Calibration } from '../types.js';
import { calibration } from './calibration.js';
import { JsonNode } from './json.js';

/**
 * What a network file promises: how to feed it and how to read it. It lies beside the network as JSON; everything that differs
 * between two networks is in it, so that a retrained network needs no change of code.
 */
interface Contract {
  readonly name: string;
  readonly version: string;
  /** File name of the network, in the folder of the contract. */
  readonly file: string;
  /** sha256 of that file, lower-case hex. */
  readonly sha256: string;
}

/** A pixel value v of 0 to 255 is fed as (v − mean) · scale, channel by channel in the order of `colour`. */
export interface PixelInput {
  readonly name: string;
  readonly colour: 'RGB' | 'BGR';
  readonly mean: Triple;
  readonly scale: Triple;
}

export type Triple = readonly [number, number, number];
export type Point = readonly [number, number];

/** Input [N, 3, H, W] with H and W multiples of `multiple`; one output [N, 20, H/s, W/s] for each stride s. */
export interface DetectorContract extends Contract {
  readonly input: PixelInput & { readonly multiple: number };
  readonly outputs: readonly { readonly stride: number; readonly name: string }[];
  /** Detections below this score are dropped. */
  readonly score: number;
  readonly nmsIou: number;
}

export interface ByVisibility {
  readonly min: number;
  readonly max: number;
  /** Similarity threshold by false match rate, as `1e-5`. */
  readonly fmr: Readonly<Record<string, number>>;
}

/** Input [N, 3, height, width]: one aligned face each. */
export interface EmbedderContract extends Contract {
  readonly input: PixelInput & { readonly width: number; readonly height: number };
  readonly alignment: {
    /** Where a similarity fit takes the five landmarks, in pixels of the input, before the shift to `eyesMidpoint`. */
    readonly template: readonly [Point, Point, Point, Point, Point];
    readonly eyesMidpoint: Point;
    /** Grey level beyond the picture's edge. */
    readonly fill: number;
  };
  /** Names of the outputs: [N, dimensions], [N, maps], [N, maps, dimensions], [N, maps, ...attentionSize]. */
  readonly outputs: { readonly embedding: string; readonly importance: string; readonly parts: string; readonly attention: string };
  readonly dimensions: number;
  readonly maps: number;
  /** Height and width of an attention map. */
  readonly attentionSize: Point;
  readonly thresholds: { readonly whole: Readonly<Record<string, number>>; readonly byVisibility: readonly ByVisibility[] };
  /** What similarities mean, if that was measured with this network. */
  readonly calibration?: Calibration;
}

/** Throws GlimpseError `precondition` that names the file and the field at fault. */
export async function readDetectorContract(path: string): Promise<DetectorContract> {
  const root = await readJson(path);
  const input = root.get('input');
  const outputs = root.get('outputs');
  return {
    ...common(root),
    input: { ...pixels(input), multiple: input.get('multiple').whole(1) },
    outputs: strides(outputs).map((stride) => ({ stride, name: outputs.get(String(stride)).text() })),
    score: root.get('score').number(0, 1),
    nmsIou: root.get('nmsIou').number(0, 1),
  };
}

/** Throws GlimpseError `precondition` that names the file and the field at fault. */
export async function readEmbedderContract(path: string): Promise<EmbedderContract> {
  const root = await readJson(path);
  const input = root.get('input');
  const alignment = root.get('alignment');
  const dimensions = root.get('dimensions').whole(1);
  return {
    ...common(root),
    input: { ...pixels(input), width: input.get('width').whole(1), height: input.get('height').whole(1) },
    alignment: {
      template: alignment.get('template').list(5).map(point) as [Point, Point, Point, Point, Point],
      eyesMidpoint: point(alignment.get('eyesMidpoint')),
      fill: alignment.get('fill').number(0, 255),
    },
    outputs: outputNames(root.get('outputs')),
    dimensions,
    maps: root.get('maps').whole(1),
    attentionSize: point(root.get('attentionSize')),
    thresholds: thresholds(root.get('thresholds')),
    ...(root.has('calibration') && { calibration: calibrationOf({ ...common(root), dimensions }, root) }),
  };
}

/** One of another network says nothing about this one. */
function calibrationOf({ sha256, dimensions }: Pick<EmbedderContract, 'sha256' | 'dimensions'>, root: JsonNode): Calibration {
  const found = calibration(root.get('calibration'), dimensions);
  if (found.embedder === sha256) return found;
  throw root.get('calibration').get('embedder').wrong('the sha256 of this network; take `calibration` out, or make it anew with: glimpse calibrate');
}

async function readJson(path: string): Promise<JsonNode> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new GlimpseError(
      'precondition',
      `${path} cannot be read`,
      { reason: 'MODEL_MISSING', cure: 'point --models-dir to the folder that holds the networks and their contracts' },
      cause,
    );
  }
  try {
    return new JsonNode(JSON.parse(text), basename(path));
  } catch (cause) {
    throw new GlimpseError(
      'precondition',
      `${path} is not JSON`,
      { reason: 'CONTRACT_INVALID', cure: 'restore the contract that was released with the network' },
      cause,
    );
  }
}

function common(root: JsonNode): Contract {
  return {
    name: root.get('name').text(),
    version: root.get('version').text(),
    file: root.get('file').matching(/^[^/\\]+$/, 'a file name without a folder'),
    sha256: root.get('sha256').matching(/^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits'),
  };
}

function pixels(input: JsonNode): PixelInput {
  return {
    name: input.get('name').text(),
    colour: input.get('colour').oneOf('RGB', 'BGR'),
    mean: triple(input.get('mean')),
    scale: triple(input.get('scale')),
  };
}

const triple = (node: JsonNode): Triple => node.list(3).map((item) => item.number()) as unknown as Triple;

const point = (node: JsonNode): Point => node.list(2).map((item) => item.number()) as unknown as Point;

function strides(outputs: JsonNode): number[] {
  const found = outputs.keys().map(Number);
  if (found.length === 0 || !found.every((s) => Number.isInteger(s) && s > 0)) {
    throw outputs.wrong('an object from stride to output name');
  }
  return found.sort((a, b) => a - b);
}

/** Accepts a list of names (each output is called what it is) or an object from role to name. */
function outputNames(node: JsonNode): EmbedderContract['outputs'] {
  const name = (role: string): string => (node.isList() ? node.listed(role) : node.get(role).text());
  return { embedding: name('embedding'), importance: name('importance'), parts: name('parts'), attention: name('attention') };
}

function thresholds(node: JsonNode): EmbedderContract['thresholds'] {
  const ranges = node.has('byVisibility') ? node.get('byVisibility').list() : [];
  return {
    whole: { ...byRate(node.get('whole')), '1e-5': node.get('whole').get('1e-5').number(-1, 1) },
    byVisibility: ranges.map((range) => ({
      min: range.get('min').number(0, 1),
      max: range.get('max').number(0, 1),
      fmr: byRate(range.get('fmr')),
    })),
  };
}

const byRate = (node: JsonNode): Record<string, number> => Object.fromEntries(node.keys().map((rate) => [rate, node.get(rate).number(-1, 1)]));
