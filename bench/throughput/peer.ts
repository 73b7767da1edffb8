/** Trial: @vladmandic/face-api on the photographs as they are, with its usual detector, 68 landmarks and descriptors, on the fastest backend that is there. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import sharp from 'sharp';
import { ROOT } from '../../src/paths.js';
import { groupPhotographs } from '../support/pictures.js';
import { serveTrial } from '../support/trial.js';
import { type Look, type Rates, rate } from './sights.js';
import { shareOfTfjs } from './tfjs-share.js';

export interface PeerInput {
  readonly measureMs: number;
  /** Whether it is asked what it sees, too. */
  readonly rates: boolean;
}

export interface PeerOutput {
  readonly backend: string;
  readonly framesPerSecond: number;
  readonly cpuMs: number;
  readonly rates?: Rates;
}

/** What is used of the library. */
interface FaceApi {
  readonly tf: { tensor3d(data: Uint8Array, shape: readonly number[], type: 'int32'): { dispose(): void }; setBackend(name: string): Promise<boolean>; ready(): Promise<void>; getBackend(): string };
  readonly nets: Readonly<Record<'ssdMobilenetv1' | 'faceLandmark68Net' | 'faceRecognitionNet', { loadFromDisk(folder: string): Promise<void> }>>;
  detectAllFaces(picture: unknown): { withFaceLandmarks(): { withFaceDescriptors(): Promise<{ readonly detection: { readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number } }; readonly descriptor: Float32Array }[]> } };
}

/** Its own limit for one person: Euclidean distance of two descriptors. */
const LIMIT = 0.6;
const MODELS = join(ROOT, 'node_modules', '@vladmandic', 'face-api', 'model');

const require = createRequire(import.meta.url);

serveTrial(async ({ measureMs, rates }: PeerInput): Promise<PeerOutput> => {
  const api = await open();
  const look = lookWith(api);
  const photographs = groupPhotographs();
  for (const { bytes } of photographs) await look(bytes);
  const before = process.cpuUsage();
  const start = performance.now();
  let frames = 0;
  for (; performance.now() - start < measureMs; frames += photographs.length) for (const { bytes } of photographs) await look(bytes);
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  const speed = { backend: api.tf.getBackend() === 'tensorflow' ? 'tfjs-node' : api.tf.getBackend(), framesPerSecond: frames / seconds, cpuMs: (user + system) / 1000 / frames };
  return rates ? { ...speed, rates: await rate(look, alike) } : speed;
});

/** TensorFlow's own library where tfjs-node can be found (NODE_PATH counts), else WebAssembly. */
async function open(): Promise<FaceApi> {
  const native = isThere('@tensorflow/tfjs-node');
  if (!native) shareOfTfjs(require);
  const api = require(native ? '@vladmandic/face-api/dist/face-api.node.js' : '@vladmandic/face-api/dist/face-api.node-wasm.js') as FaceApi;
  await api.tf.setBackend(native ? 'tensorflow' : 'wasm');
  await api.tf.ready();
  for (const net of Object.values({ ...pick(api) })) await net.loadFromDisk(MODELS);
  return api;
}

const pick = ({ nets: { ssdMobilenetv1, faceLandmark68Net, faceRecognitionNet } }: FaceApi): FaceApi['nets'] => ({ ssdMobilenetv1, faceLandmark68Net, faceRecognitionNet });

function isThere(name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** The same decoder as ours, so that libraries are compared and not decoders. */
function lookWith(api: FaceApi): Look {
  return async (bytes) => {
    const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
    const picture = api.tf.tensor3d(new Uint8Array(data), [info.height, info.width, 3], 'int32');
    const seen = await api.detectAllFaces(picture).withFaceLandmarks().withFaceDescriptors();
    picture.dispose();
    return seen.map(({ detection: { box: { x, y, width, height } }, descriptor }) => ({ box: { x, y, width, height }, descriptor: [...descriptor] }));
  };
}

function alike(a: readonly number[], b: readonly number[]): { closeness: number; named: boolean } {
  const distance = Math.hypot(...a.map((value, i) => value - (b[i] ?? NaN)));
  return { closeness: -distance, named: distance < LIMIT };
}
