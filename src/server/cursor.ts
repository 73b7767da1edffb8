import { GlimpseError } from '../errors.js';
import type { EventHead } from '../gallery/events.js';
import { invalid } from './fields.js';

export const cursorOf = (line: string, number: number): string => `${line}-${number}`;

/** The number after which events are wanted. Throws `invalid` (BAD_CURSOR), `outOfRange` (OTHER_GALLERY, CURSOR_TOO_OLD). */
export function startOf({ cursor, replay }: { readonly cursor: string; readonly replay: boolean }, { line, swept, newest }: EventHead): number {
  if (cursor === '') return replay ? swept : newest;
  const [, of, digits] = /^([0-9a-f]{8})-(\d{1,15})$/.exec(cursor) ?? [];
  if (of === undefined) throw invalid('cursor', 'BAD_CURSOR', 'cursor is none', 'send the cursor of an answer of Watch, or none');
  const number = Number(digits);
  if (of !== line || number > newest) {
    throw outOfRange('OTHER_GALLERY', 'the cursor is of another gallery, or from before this one was restored from a backup');
  }
  refuseSwept(number, swept);
  return number;
}

/** What comes after the number may have been swept. */
export function refuseSwept(number: number, swept: number): void {
  if (number < swept) throw outOfRange('CURSOR_TOO_OLD', 'events that come after the cursor are not kept any more');
}

function outOfRange(reason: string, message: string): GlimpseError {
  return new GlimpseError('outOfRange', message, {
    field: 'cursor', reason, cure: 'begin anew without a cursor: with replay for everything that is kept; --events-kept says for how long',
  });
}
