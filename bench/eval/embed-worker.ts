/** A thread that embeds every variant of the pictures it is told. */
import { basename } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { unit } from '../../src/cosine.js';
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
  /** What is kept of each pass, end to end. */
  readonly outputs: readonly Output[];
  /** [pictures, variants, length of all outputs] float32, shared. */
  readonly vectors: SharedArrayBuffer;
}

export interface Output {
  readonly name: string;
  /** Numbers a face. */
  readonly length: number;
}

export const lengthOf = (outputs: readonly Output[]): number => outputs.reduce((sum, { length }) => sum + length, 0);

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
    const { variants, subject, outputs } = this.work;
    for (let start = 0; start < variants.length; start += subject.batch) {
      const shown = variants.slice(start, start + subject.batch).map((variant) => show(chip, variant));
      this.out.set(await this.pass(shown), (index * variants.length + start) * lengthOf(outputs));
    }
  }

  /** All outputs of a face, then those of the next; the embedding at unit length. */
  private async pass(pictures: readonly Picture[]): Promise<Float32Array> {
    const { subject: { input, embedding }, outputs } = this.work;
    const length = 3 * input.width * input.height;
    const batch = new Float32Array(pictures.length * length);
    pictures.forEach((picture, i) => this.feed(picture, batch.subarray(i * length, (i + 1) * length)));
    const found = await this.network.run({ data: batch, shape: [pictures.length, 3, input.height, input.width] }, outputs.map(({ name }) => name));
    const records = new Float32Array(pictures.length * lengthOf(outputs));
    pictures.forEach((_, face) => {
      let at = face * lengthOf(outputs);
      outputs.forEach(({ name, length: numbers }, i) => {
        const { data, shape } = found[i] ?? { data: new Float32Array(0), shape: [] };
        if (data.length !== pictures.length * numbers) throw new Error(`${name} has shape ${shape.join('×')}`);
        const values = data.subarray(face * numbers, (face + 1) * numbers);
        records.set(name === embedding ? unit(values) : values, at);
        at += numbers;
      });
    });
    return records;
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

if (parentPort !== null) await serve(parentPort, workerData as EmbedWork);
