import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Candidate } from './candidates.js';
import type { Trial } from './trial.js';

export interface Finding {
  readonly installed: boolean;
  readonly usable: boolean;
  /** What was found, in one line. */
  readonly why: string;
}

/** Finds out whether a candidate works on this machine, by running the networks of `modelsDir` on it. Seconds, if it is installed. */
export type Examine = (candidate: Candidate, modelsDir: string) => Promise<Finding>;

/** A GPU's library may take long to start, and plain JavaScript to compute. */
const TIMEOUT_MS = 120_000;

/** Above this difference of an output, in strides, boxes could differ by half a pixel: the coarsest stride is 32 pixels. */
const MOST_DIFFERENT = 0.5 / 32;
/** 1 − cosine of two embeddings of one face. */
const MOST_DISTANT = 1e-4;

export const examine: Examine = async ({ name, missing }, modelsDir) => {
  const why = missing();
  if (why !== undefined) return { installed: false, usable: false, why };
  return { installed: true, ...judged(await tried(name, modelsDir)) };
};

/** The trial's result, or the reason why there is none. */
function tried(name: string, modelsDir: string): Promise<Trial | string> {
  const program = fileURLToPath(new URL('./trial.js', import.meta.url));
  return new Promise((resolve) => {
    execFile(process.execPath, [program, name, modelsDir], { timeout: TIMEOUT_MS }, (error, stdout, stderr) => {
      resolve(error === null ? (JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Trial) : failure(error, stderr));
    });
  });
}

function judged(trial: Trial | string): Pick<Finding, 'usable' | 'why'> {
  if (typeof trial === 'string') return { usable: false, why: trial };
  if (!(trial.difference <= MOST_DIFFERENT)) return { usable: false, why: `computes something else: its maps are up to ${trial.difference} off` };
  if (!(trial.distance <= MOST_DISTANT)) return { usable: false, why: `computes something else: its embedding is ${trial.distance} off` };
  return { usable: true, why: `looks at a picture of 128 × 128 in ${trial.ms.toFixed(1)} ms` };
}

/** Of all that a failing program prints, the line with the error that ended it. */
function failure({ signal, code }: { signal?: NodeJS.Signals | null; code?: unknown }, stderr: string): string {
  const told = /^\w*Error(?: \[\w+\])?: (.*)$/m.exec(stderr)?.[1];
  // ONNX Runtime puts the place in its source and the condition before what went wrong.
  return told?.replace(/\/\S+\.cc:\d+ .* was false\. /, '') ?? (signal ? `its process was ended by ${signal}` : `its process ended with ${String(code)}`);
}
