import type { Command } from 'commander';
import { type Consent, toTimestamp } from '../client/index.js';
import { UsageError } from './exit.js';

/** What the flags of `consentFlags` say. */
export interface ConsentOptions {
  readonly legalBasis?: string;
  readonly purpose?: string;
  readonly consentReference?: string;
  readonly expires?: string;
}

export const EXPIRES_HELP = '--expires takes a day (2027-01-31: its first moment, UTC), a time (2027-01-31T18:00+01:00), or a while from now (90d; h, d, w, y).';

export function consentFlags(command: Command): Command {
  return command
    .option('--legal-basis <text>', 'what allows the person to be kept: consent, contract …')
    .option('--purpose <text>', 'what the person is recognised for')
    .option('--consent-reference <text>', 'where the consent is filed; no name')
    .option('--expires <when>', 'from then on the person matches no more, and is erased');
}

/** What was given; undefined when nothing was. Throws UsageError. */
export function consentFrom({ legalBasis, purpose, consentReference, expires }: ConsentOptions): Consent | undefined {
  if ([legalBasis, purpose, consentReference, expires].every((given) => given === undefined)) return undefined;
  return {
    ...(legalBasis !== undefined && { legalBasis }),
    ...(purpose !== undefined && { purpose }),
    ...(consentReference !== undefined && { reference: consentReference }),
    ...(expires !== undefined && { expiresAt: toTimestamp(timeFrom(expires)) }),
  };
}

const HOURS: Readonly<Record<string, number>> = { h: 1, d: 24, w: 7 * 24, y: 365 * 24 };
const ISO_TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;

/** A time without its zone is refused: it would mean another moment on another machine. */
export function timeFrom(text: string, now = Date.now()): Date {
  const [, count, unit = ''] = /^(\d{1,6})([hdwy])$/.exec(text) ?? [];
  const at = count === undefined ? new Date(ISO_TIME.test(text) ? text : NaN) : new Date(now + Number(count) * (HOURS[unit] ?? NaN) * 3_600_000);
  if (Number.isNaN(at.getTime())) throw new UsageError(`--expires ${JSON.stringify(text)} is no time`, EXPIRES_HELP);
  return at;
}
