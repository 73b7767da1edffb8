import type { Consent } from '../port.js';
import { identityExpired } from './errors.js';

/** The columns of an identity that say what allows it to be kept. */
export interface ConsentRow {
  readonly legal_basis: string | null;
  readonly purpose: string | null;
  readonly consent_reference: string | null;
  /** Milliseconds since 1970. */
  readonly expires_at: number | null;
}

export const CONSENT_COLUMNS = 'legal_basis, purpose, consent_reference, expires_at';

/** In the order of `CONSENT_COLUMNS`. */
export type ConsentValues = [string | null, string | null, string | null, number | null];

export function consentValues(consent?: Consent): ConsentValues {
  const { legalBasis = '', purpose = '', reference = '', expiresAt } = consent ?? {};
  return [legalBasis || null, purpose || null, reference || null, expiresAt?.getTime() ?? null];
}

export function consentOf({ legal_basis, purpose, consent_reference, expires_at }: ConsentRow): { readonly consent?: Consent } {
  if (legal_basis === null && purpose === null && consent_reference === null && expires_at === null) return {};
  const said = { legalBasis: legal_basis ?? '', purpose: purpose ?? '', reference: consent_reference ?? '' };
  return { consent: { ...said, ...(expires_at !== null && { expiresAt: new Date(expires_at) }) } };
}

/** An expired identity gains and gives no faces: what is about to be erased must not live on elsewhere, nor draw others along. */
export function refuseExpired({ id, expires_at }: ConsentRow & { readonly id: string }, field: string): void {
  if (expires_at !== null && expires_at <= Date.now()) throw identityExpired(id, new Date(expires_at), field);
}
