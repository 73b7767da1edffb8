/** A thread that embeds every variant of the pictures it is told. */
import { basename } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { Network } from '../../src/runtime/network.js';
import { openOnnx } from '../../src/runtime/onnx.js';
import { decode } from '../../src/vision/image.js';
import { normalise } from '../../src/vision/planar.js';
import type { Point } from '../../src/vision/ports.js';
import { Warper } from '../../src/vision/warp.js';
import type { Picture } from '../../src/vision/picture.js';
import { field, numbers, Pack } from './packs.js';
import { CHIP_GEOMETRY, show, toChip, type Variant } from './protocol.js';
import type { Subject } from './subjects.js';

export interface EmbedWork {
  readonly data: string;
  readonly pack: string;
  readonly subject: Subject;
  readonly variants: readonly Variant[];
  /** [pictures, variants, dimensions] float32, shared. */
  readonly vectors: SharedArrayBuffer;
}

const MAX_PIXELS = 50e6;

async function serve(port: NonNullable<typeof parentPort>, work: EmbedWork): Promise<void> {
  const { subject } = work;
  const network = await openOnnx(subject.path, { file: basename(subject.path), sha256: subject.sha256, input: subject.input });
  const pack = await Pack.open(work.data, work.pack);
  const feeder = new Feeder(network, work);
  port.on('message', (index: number | 'end') => {
    if (index !== 'end') {
      void chipOf(pack, index).then((chip) => feeder.embed(chip, index)).then(() => port.postMessage(index));
      return;
    }
    void Promise.all([pack.close(), network.close()]).then(() => port.close());
  });
  port.postMessage('ready');
}

async function chipOf(pack: Pack, index: number): Promise<Picture> {
  const photograph = await decode(await pack.read(index), MAX_PIXELS);
  const flat = numbers(field(pack.rows[index] ?? {}, 'landmarks_xy5'));
  const landmarks = Array.from({ length: 5 }, (_, i): Point => [flat[2 * i] ?? NaN, flat[2 * i + 1] ?? NaN]);
  return toChip(photograph, landmarks);
}

class Feeder {
  private readonly warper = new Warper();
  private readonly out: Float32Array;

  constructor(
    private readonly network: Network,
    private readonly work: EmbedWork,
  ) {
    this.out = new Float32Array(work.vectors);
  }

  async embed(chip: Picture, index: number): Promise<void> {
    const { variants, subject } = this.work;
    for (let start = 0; start < variants.length; start += subject.batch) {
      const vectors = await this.pass(variants.slice(start, start + subject.batch).map((variant) => show(chip, variant)));
      this.out.set(vectors, (index * variants.length + start) * subject.dimensions);
    }
  }

  /** Unit vectors, one after another. */
  private async pass(pictures: readonly Picture[]): Promise<Float32Array> {
    const { input, embedding, dimensions } = this.work.subject;
    const length = 3 * input.width * input.height;
    const batch = new Float32Array(pictures.length * length);
    pictures.forEach((picture, i) => this.feed(picture, batch.subarray(i * length, (i + 1) * length)));
    const [output] = await this.network.run({ data: batch, shape: [pictures.length, 3, input.height, input.width] }, [embedding]);
    if (output?.data.length !== pictures.length * dimensions) throw new Error(`${embedding} has shape ${output?.shape.join('×') ?? 'none'}`);
    return toUnit(output.data, dimensions);
  }

  /** The chip at the network's own scale, its eyes where the network wants them, grey beyond. */
  private feed(picture: Picture, levels: Float32Array): void {
    const { input, eyeDistance, eyes } = this.work.subject;
    const scale = eyeDistance / CHIP_GEOMETRY.eyeDistance;
    const placement = { a: scale, b: 0, tx: eyes[0] - scale * CHIP_GEOMETRY.eyes[0], ty: eyes[1] - scale * CHIP_GEOMETRY.eyes[1] };
    this.warper.warp(picture, placement, { width: input.width, height: input.height, fill: 128 }, levels);
    normalise(levels, input);
  }
}

/** In place, row by row. */
function toUnit(vectors: Float32Array, dimensions: number): Float32Array {
  for (let start = 0; start < vectors.length; start += dimensions) {
    const vector = vectors.subarray(start, start + dimensions);
    const length = Math.hypot(...vector);
    vector.forEach((value, i) => (vector[i] = value / length));
  }
  return vectors;
}

if (parentPort !== null) await serve(parentPort, workerData as EmbedWork);
