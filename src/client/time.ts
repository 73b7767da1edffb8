import type { Timestamp__Output } from '../generated/google/protobuf/Timestamp.js';

export function toTimestamp(date: Date): Timestamp__Output {
  const seconds = Math.floor(date.getTime() / 1000);
  return { seconds, nanos: (date.getTime() - seconds * 1000) * 1_000_000 };
}

export function toDate(timestamp: Timestamp__Output): Date {
  return new Date(timestamp.seconds * 1000 + Math.floor(timestamp.nanos / 1_000_000));
}
