import { GlimpseError } from '../errors.js';
import { type Candidate, CANDIDATES, type Provider, type RuntimeName } from './candidates.js';
import { type Examine, examine as examineHere, type Finding } from './examine.js';

/** What the operator asked for: --runtime and --device. */
export interface Wish {
  readonly runtime: 'auto' | 'onnx' | 'tfjs';
  /** A kind of GPU, instead of `gpu`, asks for just that one. */
  readonly device: 'auto' | 'gpu' | Provider;
}

export interface Choice {
  readonly runtime: RuntimeName;
  readonly why: string;
}

/** One line of `glimpse doctor`. */
export interface Diagnosis extends Finding {
  readonly name: RuntimeName;
  readonly chosen: boolean;
  /** How to get it; empty if it works, or if the wish leaves it out. */
  readonly cure: string;
}

/**
 * The first candidate that the wish allows and that works here. ONNX Runtime's CPU provider is taken at its word: it comes with Glimpse, and
 * a start without a GPU shall cost nothing. Throws GlimpseError `unavailable` that says what stands in the way of each.
 */
export async function chooseRuntime(wish: Wish, modelsDir: string, examine: Examine = examineHere): Promise<Choice> {
  const allowed = CANDIDATES.filter((candidate) => allows(wish, candidate));
  const passed: string[] = [];
  for (const candidate of allowed) {
    const { usable, why } = isReference(candidate) ? present(candidate) : await examine(candidate, modelsDir);
    if (usable) {
      // TensorFlow greets on stderr, where the log is JSON; its library reads this when the workers load it.
      process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
      return { runtime: candidate.name, why: passed.length === 0 ? why : `${why}; not ${passed.join('; not ')}` };
    }
    passed.push(`${candidate.name}: ${why}`);
  }
  throw unmet(wish, allowed, passed);
}

/** Examines everything that this platform could have. The choice is the one that `chooseRuntime` would make. */
export async function diagnose(wish: Wish, modelsDir: string, examine: Examine = examineHere): Promise<Diagnosis[]> {
  const found: Diagnosis[] = [];
  for (const candidate of CANDIDATES) {
    const finding = await examine(candidate, modelsDir);
    const chosen = finding.usable && allows(wish, candidate) && !found.some((other) => other.chosen);
    const cure = finding.usable || !inReach(wish, candidate) ? '' : candidate.cure;
    found.push({ name: candidate.name, ...finding, why: finding.why + verdict(wish, candidate, { ...finding, chosen }), chosen, cure });
  }
  return found;
}

function verdict(wish: Wish, candidate: Candidate, { usable, chosen }: { readonly usable: boolean; readonly chosen: boolean }): string {
  if (chosen) return '; chosen as the first that works and may be taken';
  const asked = usable && !candidate.unasked && !allows(wish, candidate) && inReach(wish, candidate);
  return asked ? `; taken with --device ${candidate.device}` : '';
}

function allows(wish: Wish, candidate: Candidate): boolean {
  return inReach(wish, candidate) && (wish.device !== 'auto' || candidate.unasked);
}

/** Allowed, or would be if it were asked for by name. */
function inReach({ runtime, device }: Wish, candidate: Candidate): boolean {
  if (runtime !== 'auto' && runtime !== candidate.runtime) return false;
  if (device === 'auto' || device === candidate.device) return true;
  return device === 'gpu' && candidate.device !== 'cpu';
}

const isReference = ({ name }: Candidate): boolean => name === 'onnx-cpu';

function present({ missing }: Candidate): Finding {
  const why = missing();
  return { installed: why === undefined, usable: why === undefined, why: why ?? 'comes with Glimpse' };
}

function unmet({ runtime, device }: Wish, allowed: readonly Candidate[], passed: readonly string[]): GlimpseError {
  const wish = `--runtime ${runtime} --device ${device}`;
  const why = passed.length === 0 ? `there is no such runtime on ${process.platform}` : passed.join('; ');
  const cure = allowed[0] === undefined ? 'glimpse doctor lists what there is' : `${allowed[0].cure}; glimpse doctor says more`;
  return new GlimpseError('unavailable', `${wish} cannot be had: ${why}`, { field: device === 'auto' ? '--runtime' : '--device', reason: 'RUNTIME_UNUSABLE', cure });
}
