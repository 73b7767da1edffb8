import { vectorOf } from '../eval/columns.js';
import { embedAll } from '../eval/embed-all.js';
import type { Variant } from '../eval/protocol.js';
import { FILES, findSubject } from '../eval/subjects.js';
import { DIMENSIONS } from './faces.js';

interface Wish {
  readonly data: string;
  /** Of lfw.bin. */
  readonly pictures: readonly number[];
  readonly variants: readonly Variant[];
  readonly note: (text: string) => void;
}

/** Embeddings of photographs by the shipped network: by picture and number of the variant. */
export async function embedded({ data, pictures, variants, note }: Wish): Promise<(picture: number, variant: number) => Float32Array> {
  const subject = await findSubject('shipped', FILES.shipped);
  if (subject === undefined) throw new Error(`there is no ${FILES.shipped}`);
  const embeddings = await embedAll({
    data, pack: 'lfw', subject, outputs: [{ name: subject.embedding, length: DIMENSIONS }], variants, pictures, count: Math.max(-1, ...pictures) + 1,
    onProgress: (done, total) => note(`${done} of ${total} photographs`),
  });
  return (picture, variant) => vectorOf(embeddings, picture, variant);
}
