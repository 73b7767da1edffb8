/** A thread that looks for faces in the photographs it is told. */
import { parentPort, workerData } from 'node:worker_threads';
import { readDetectorContract } from '../../src/runtime/contract.js';
import { openOnnx } from '../../src/runtime/onnx.js';
import type { DetectedFace } from '../../src/types.js';
import { Detector } from '../../src/vision/detect.js';
import { decode } from '../../src/vision/image.js';
import { coverHalves, HALVES, type Half } from './cover.js';
import { Pack } from './packs.js';
import { facesOf } from './references.js';

export interface DetectWork {
  readonly data: string;
  readonly contract: string;
  readonly name: 'crowds' | 'scenes';
}

/** Every face above a low score, so that the score can be chosen afterwards. */
export interface Found {
  readonly index: number;
  readonly whole: readonly DetectedFace[];
  /** With one half of every face covered; scenes alone. */
  readonly covered: readonly { readonly half: Half; readonly faces: readonly DetectedFace[] }[];
}

/** The server's own default (`--detector-size`). */
export const SIZE = 640;
export const FLOOR = 0.05;
const MAX_PIXELS = 50e6;

export async function openDetector(contractPath: string, size: number): Promise<Detector> {
  const contract = await readDetectorContract(contractPath);
  return new Detector(await openOnnx(contractPath, contract), contract, { size, score: FLOOR });
}

async function serve(port: NonNullable<typeof parentPort>, { data, contract, name }: DetectWork): Promise<void> {
  const detector = await openDetector(contract, SIZE);
  const pack = await Pack.open(data, name);
  const look = async (index: number): Promise<Found> => {
    const picture = await decode(await pack.read(index), MAX_PIXELS);
    const boxes = facesOf(pack, name, index).map(({ box }) => box);
    const whole = await detector.detect(picture);
    const covered = [];
    for (const half of name === 'scenes' ? HALVES : []) covered.push({ half, faces: await detector.detect(coverHalves(picture, boxes, half)) });
    return { index, whole, covered };
  };
  port.on('message', (index: number | 'end') => {
    if (index === 'end') void pack.close().then(() => port.close());
    else void look(index).then((found) => port.postMessage(found));
  });
  port.postMessage('ready');
}

if (parentPort !== null) await serve(parentPort, workerData as DetectWork);
