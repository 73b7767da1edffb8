import { UsageError } from './exit.js';

const DAY_OR_TIME = 'a day (2027-01-31: its first moment, UTC) or a time with its zone (2027-01-31T18:00+01:00)';
export const FUTURE_HELP = `${DAY_OR_TIME}, or a while from now (90d; h, d, w, y)`;

const HOURS: Readonly<Record<string, number>> = { h: 1, d: 24, w: 7 * 24, y: 365 * 24 };
const ISO_TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;

/** A time without its zone is refused: it would mean another moment on another machine. Throws UsageError. */
export function timeFrom(flag: string, text: string): Date {
  return valid(flag, text, isoTime(text), DAY_OR_TIME);
}

/** The same, or a while from now. */
export function futureFrom(flag: string, text: string, now = Date.now()): Date {
  const [, count, unit = ''] = /^(\d{1,6})([hdwy])$/.exec(text) ?? [];
  const at = count === undefined ? isoTime(text) : new Date(now + Number(count) * (HOURS[unit] ?? NaN) * 3_600_000);
  return valid(flag, text, at, FUTURE_HELP);
}

const isoTime = (text: string): Date => new Date(ISO_TIME.test(text) ? text : NaN);

function valid(flag: string, text: string, at: Date, wanted: string): Date {
  if (Number.isNaN(at.getTime())) throw new UsageError(`${flag} ${JSON.stringify(text)} is no time`, `give ${wanted}`);
  return at;
}
