import { GlimpseError } from '../errors.js';
import type { Consent__Output } from '../generated/glimpse/v1/Consent.js';
import type { Timestamp__Output } from '../generated/google/protobuf/Timestamp.js';
import type { Consent } from '../gallery/port.js';

/** Checks of single fields. Each throws `invalid` naming the field, as the proto names it, and what it wants. */

export function invalid(field: string, reason: string, message: string, cure: string): GlimpseError {
  return new GlimpseError('invalid', message, { field, reason, cure });
}

export function wholeNumber(field: string, value: number, [min, max]: readonly [number, number]): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw invalid(field, 'OUT_OF_RANGE', `${field} is ${value}`, `send a whole number from ${min} to ${max}`);
}

export function share(field: string, value: number, [min, max]: readonly [number, number]): number {
  if (value >= min * (1 - 1e-6) && value <= max * (1 + 1e-6)) return value; // a float of 32 bits is not quite what was written
  throw invalid(field, 'OUT_OF_RANGE', `${field} is ${value}`, `send a share from ${min} to ${max} (0.001 is one in a thousand), or leave it unset`);
}

export function seconds(field: string, value: number, [min, max]: readonly [number, number]): number {
  if (value >= min && value <= max) return value;
  throw invalid(field, 'OUT_OF_RANGE', `${field} is ${value}`, `send seconds from ${min} to ${max}, or leave it unset`);
}

/** A threshold for similarities. */
export function similarity(field: string, value: number): number {
  if (value >= -1 && value <= 1) return value;
  throw invalid(field, 'OUT_OF_RANGE', `${field} is ${value}`, 'send a number from -1 to 1, or leave it unset');
}

export function text(field: string, value: string, longest: number): string {
  if (value.length <= longest) return value;
  throw invalid(field, 'TOO_LONG', `${field} has ${value.length} characters`, `send at most ${longest}`);
}

export function nonEmpty(field: string, value: string, longest: number): string {
  if (value === '') throw invalid(field, 'MISSING', `${field} is empty`, `set ${field}`);
  return text(field, value, longest);
}

/** An enumeration's name; numbers that this version does not know arrive as numbers. */
export function oneOf<T extends string>(field: string, value: unknown, known: readonly T[]): T {
  const found = known.find((name) => name === value);
  if (found !== undefined) return found;
  throw invalid(field, 'UNKNOWN_VALUE', `${field} is ${String(value)}`, `send one of ${known.join(', ')}`);
}

/** It is part of a file's name too. */
const COLLECTION = /^[a-z0-9_-]{1,64}$/;

export function collectionName(field: string, value: string): string {
  if (value === '') return 'default';
  if (COLLECTION.test(value)) return value;
  const cure = 'use 1 to 64 of the characters a to z, 0 to 9, - and _';
  throw invalid(field, 'BAD_COLLECTION', `${field} is no name of a collection`, cure);
}

export const LONGEST = { id: 64, name: 256, externalId: 256, label: 256, tag: 64, key: 64, value: 1024, requestId: 128, legalBasis: 256, purpose: 1024, reference: 256, cameraId: 256, pageToken: 512 } as const;
const MOST = { tags: 64, metadata: 64 } as const;

export function tagList(field: string, tags: readonly string[]): readonly string[] {
  if (tags.length > MOST.tags) throw invalid(field, 'TOO_MANY', `${field} has ${tags.length} entries`, `send at most ${MOST.tags}`);
  return [...new Set(tags.map((tag, i) => nonEmpty(`${field}[${i}]`, tag, LONGEST.tag)))];
}

export function stringMap(field: string, map: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries = Object.entries(map);
  if (entries.length > MOST.metadata) throw invalid(field, 'TOO_MANY', `${field} has ${entries.length} entries`, `send at most ${MOST.metadata}`);
  for (const [key, value] of entries) {
    nonEmpty(`${field} key`, key, LONGEST.key);
    text(`${field}[${JSON.stringify(key)}]`, value, LONGEST.value);
  }
  return map;
}

/** Absent when it was not sent. */
export function time(field: string, stamp: Timestamp__Output | null): Date | undefined {
  if (stamp === null) return undefined;
  const at = new Date(stamp.seconds * 1000 + stamp.nanos / 1e6);
  if (Number.isNaN(at.getTime())) throw invalid(field, 'BAD_TIME', `${field} is no time that can be kept`, 'send seconds since 1970 and nanoseconds');
  return at;
}

/** Under the field's name, so that it can be spread into what takes it; nothing when it was not sent. */
export function consent(field: string, said: Consent__Output | null): { readonly consent?: Consent } {
  if (said === null) return {};
  const expiresAt = time(`${field}.expires_at`, said.expiresAt);
  if (expiresAt !== undefined && expiresAt.getTime() <= Date.now()) {
    const cure = 'send a time to come, or none to keep the person until deleted; DeleteIdentity erases at once';
    throw invalid(`${field}.expires_at`, 'EXPIRED_ALREADY', `${field}.expires_at is ${expiresAt.toISOString()}, which has passed`, cure);
  }
  return {
    consent: {
      legalBasis: text(`${field}.legal_basis`, said.legalBasis, LONGEST.legalBasis),
      purpose: text(`${field}.purpose`, said.purpose, LONGEST.purpose),
      reference: text(`${field}.reference`, said.reference, LONGEST.reference),
      ...(expiresAt && { expiresAt }),
    },
  };
}
