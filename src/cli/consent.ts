import type { Command } from 'commander';
import { type Consent, toTimestamp } from '../client/index.js';
import { FUTURE_HELP, futureFrom } from './time.js';

/** What the flags of `consentFlags` say. */
export interface ConsentOptions {
  readonly legalBasis?: string;
  readonly purpose?: string;
  readonly consentReference?: string;
  readonly expires?: string;
}

export const EXPIRES_HELP = `--expires takes ${FUTURE_HELP}.`;

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
    ...(expires !== undefined && { expiresAt: toTimestamp(futureFrom('--expires', expires)) }),
  };
}
