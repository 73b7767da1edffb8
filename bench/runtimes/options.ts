import type { Plan } from './compare.js';

/** The options that both benchmarks of runtimes take, for `parseArgs`. */
export const OPTIONS = {
  help: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  batches: { type: 'string', default: '1,4,16,64' },
  seconds: { type: 'string', default: '5' },
  photographs: { type: 'string', default: '6' },
  'detector-size': { type: 'string', default: '640' },
  'max-faces': { type: 'string', default: '100' },
  'peak-tflops': { type: 'string', default: '0' },
} as const;

export const USAGE = `  --batches LIST       faces a pass of the embedder (1,4,16,64)
  --seconds N          how long each batch size is measured (5)
  --photographs N      photographs on which parity is shown, 1 to 6 (6)
  --detector-size N    longer side, in pixels, at which faces are looked for (640)
  --max-faces N        most faces of a photograph that are embedded (100)
  --peak-tflops N      the device's peak in TFLOP/s of 32-bit floats, to tell the share of it that is reached
  --json               end with one line of JSON`;

/** What `parseArgs` made of the options above. Throws a plain Error that names the one that makes no sense. */
export function planOf(values: { readonly [Name in Exclude<keyof typeof OPTIONS, 'help' | 'json'>]: string }): Plan {
  const number = (flag: keyof typeof values, least: number, text = values[flag]): number => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= least)) throw new Error(`--${flag} has to be a number from ${least} on, not ${text}`);
    return value;
  };
  return {
    batches: values.batches.split(',').map((text) => number('batches', 1, text)),
    seconds: number('seconds', 0),
    photographs: number('photographs', 1),
    detectorSize: number('detector-size', 32),
    maxFaces: number('max-faces', 1),
    peakTflops: number('peak-tflops', 0),
  };
}
