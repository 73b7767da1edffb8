import assert from 'node:assert/strict';
import { GlimpseError } from '../../src/errors.js';
import { fromText, toText } from '../../src/recording/codec.js';
import { endOf, LineWriter, readLines } from '../../src/recording/file.js';

const header = JSON.stringify({ header: { glimpse: 'recording', version: 1 } });
const frames = ['{"frame":1}', '{"frame":2}', '{"frame":3}'];

function written(jsons: readonly string[]): string[] {
  const lines = new LineWriter();
  return jsons.map((json) => lines.line(json).slice(0, -1));
}
const whole = written([header, ...frames, endOf(3)]);

async function* each(lines: readonly string[]): AsyncGenerator<string> {
  for (const line of lines) yield await Promise.resolve(line);
}

async function read(lines: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for await (const json of readLines(each(lines), 'r')) found.push(json);
  return found;
}

const refused = (lines: readonly string[], reason: string): Promise<void> =>
  assert.rejects(read(lines), (error: unknown) => error instanceof GlimpseError && error.detail.reason === reason && error.detail.cure !== '');

describe('the file of a recording', () => {
  it('gives back its lines', async () => assert.deepEqual(await read(whole), [header, ...frames]));

  it('that ends early says so, wherever it was cut', async () => {
    for (let count = 1; count < whole.length; count++) await refused(whole.slice(0, count), 'RECORDING_TRUNCATED');
    for (const length of [1, 16, 17, 20]) await refused([...whole.slice(0, 2), (whole[2] ?? '').slice(0, length)], 'RECORDING_TRUNCATED');
  });

  it('in which a line was changed, left out, doubled or moved is refused', async () => {
    const [first = '', one = '', two = '', three = '', last = ''] = whole;
    await refused([first, one.replace('1', '7'), two, three, last], 'RECORDING_DAMAGED');
    await refused([first, one, three, last], 'RECORDING_DAMAGED');
    await refused([first, one, one, two, three, last], 'RECORDING_DAMAGED');
    await refused([first, two, one, three, last], 'RECORDING_DAMAGED');
    for (let at = 0; at < two.length; at++) {
      const flipped = two.slice(0, at) + String.fromCharCode(two.charCodeAt(at) ^ 1) + two.slice(at + 1);
      await refused([first, one, flipped, three, last], 'RECORDING_DAMAGED');
    }
  });

  it('whose last line counts otherwise does not end there', async () => {
    await refused(written([header, ...frames, endOf(2)]), 'RECORDING_TRUNCATED');
  });

  it('of a newer layout, or of anything else, is refused by name', async () => {
    await refused(written([JSON.stringify({ header: { glimpse: 'recording', version: 2 } }), endOf(0)]), 'RECORDING_TOO_NEW');
    await refused(written([JSON.stringify({ header: {} })]), 'NO_RECORDING');
    await refused(['#!/bin/sh', 'echo'], 'NO_RECORDING');
    await refused([], 'NO_RECORDING');
  });
});

describe('the JSON of a recording', () => {
  it('keeps numbers to the bit', () => {
    const values = Float32Array.from([0, -0, 1 / 3, 1e-40, 3.4e38, -1.5]);
    const { kept, bytes, plain } = fromText(toText({ kept: values, bytes: Buffer.from([0, 255, 10]), plain: [0.1, 2 ** -1074] })) as { kept: Float32Array; bytes: Uint8Array; plain: number[] };
    assert.deepEqual(Buffer.from(kept.buffer), Buffer.from(values.buffer));
    assert.deepEqual([...bytes], [0, 255, 10]);
    assert.deepEqual(plain, [0.1, 2 ** -1074]);
  });

  it('keeps names whole, and lines one', () => {
    const name = 'Ada\n"L"\u2028\u2029 é 🙂';
    const text = toText({ name });
    assert.doesNotMatch(text, /[\n\u2028\u2029]/);
    assert.deepEqual(fromText(text), { name });
  });
});
