/** The networks that are compared: where each lies and how it is fed. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MODELS_DIR, ROOT } from '../../src/paths.js';
import { readEmbedderContract } from '../../src/runtime/contract.js';
import type { PixelScaling, Point } from '../../src/vision/ports.js';

export const ROWS = ['shipped', 'noAttention', 'teacher'] as const;
export type RowName = (typeof ROWS)[number];

/** All of it can be sent to a thread. */
export interface Subject {
  readonly name: RowName;
  readonly path: string;
  readonly sha256: string;
  readonly input: PixelScaling & { readonly name: string; readonly width: number; readonly height: number };
  /** An average face's eye distance and the middle of its eyes, in pixels of the input. */
  readonly eyeDistance: number;
  readonly eyes: Point;
  readonly embedding: string;
  readonly dimensions: number;
  /** Faces a pass. */
  readonly batch: number;
}

export const FILES: Readonly<Record<RowName, string>> = {
  shipped: join(MODELS_DIR, 'embedder.onnx'),
  noAttention: join(MODELS_DIR, 'embedder-no-attention.onnx'),
  teacher: join(ROOT, 'node_modules', 'faceplugin-face-recognition-js', 'model', 'fr_feature.onnx'),
};

/** Undefined when the file is absent. A network of ours is described by the contract beside it: FILE.json for FILE.onnx. */
export async function findSubject(name: RowName, path: string): Promise<Subject | undefined> {
  if (!existsSync(path)) return undefined;
  return name === 'teacher' ? teacher(path) : ours(name, path);
}

async function ours(name: RowName, path: string): Promise<Subject> {
  const contract = await readEmbedderContract(path.replace(/\.onnx$/, '.json'));
  const [left, right] = contract.alignment.template;
  return {
    name,
    path,
    sha256: contract.sha256,
    input: contract.input,
    eyeDistance: Math.hypot(left[0] - right[0], left[1] - right[1]),
    eyes: contract.alignment.eyesMidpoint,
    embedding: contract.outputs.embedding,
    dimensions: contract.dimensions,
    batch: 8,
  };
}

/** The npm package faceplugin-face-recognition-js@0.0.1: a MobileFaceNet on the usual 112 template. */
async function teacher(path: string): Promise<Subject> {
  return {
    name: 'teacher',
    path,
    sha256: createHash('sha256').update(await readFile(path)).digest('hex'),
    input: { name: 'input', width: 112, height: 112, colour: 'BGR', mean: [127, 127, 127], scale: [1 / 128, 1 / 128, 1 / 128] },
    eyeDistance: 35.2,
    eyes: [55.9, 51.6],
    embedding: 'output',
    dimensions: 512,
    batch: 1,
  };
}
