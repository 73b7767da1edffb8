import type { Visits__Output } from '../generated/glimpse/v1/Visits.js';
import type { Zone__Output } from '../generated/glimpse/v1/Zone.js';
import { VISIT_DEFAULTS, type VisitOptions } from '../track/visit.js';
import type { Zone } from '../track/zones.js';
import { invalid, nonEmpty, seconds, wholeNumber } from './fields.js';

export interface VisitSettings {
  readonly options: Omit<VisitOptions, 'alike'>;
  /** For how long unknown people's looks are remembered, in milliseconds; 0: not at all. */
  readonly linkMs: number;
}

const DAY_SECONDS = 86_400;
const MOST_ZONES = 32;
const CORNERS = [3, 64] as const;
const LONGEST_NAME = 64;

/** Throws `invalid` naming the field. */
export function visitSettings({ confirmationFrames, absenceSeconds, cooldownSeconds, zones, minFaceSize, linkUnknownSeconds }: Visits__Output, stream: { readonly cameraId: string; readonly wantRecording: boolean }): VisitSettings {
  const field = (name: string): string => `config.visits.${name}`;
  if (stream.cameraId === '') throw invalid('config.camera_id', 'MISSING', 'events say before which camera they happened', 'set config.camera_id');
  if (zones.length > MOST_ZONES) throw invalid(field('zones'), 'TOO_MANY', `${field('zones')} has ${zones.length} entries`, `send at most ${MOST_ZONES}`);
  const linkMs = 1000 * seconds(field('link_unknown_seconds'), linkUnknownSeconds, [0, DAY_SECONDS]);
  if (linkMs > 0 && stream.wantRecording) {
    throw invalid(field('link_unknown_seconds'), 'NOT_RECORDED', 'a recording is of one stream, and knows nobody from another', 'leave it unset, or do not record');
  }
  return {
    linkMs,
    options: {
      confirmationFrames: wholeNumber(field('confirmation_frames'), confirmationFrames, [0, 100]) || VISIT_DEFAULTS.confirmationFrames,
      absenceMs: absenceSeconds === undefined ? VISIT_DEFAULTS.absenceMs : 1000 * seconds(field('absence_seconds'), absenceSeconds, [0.5, 600]),
      cooldownMs: 1000 * seconds(field('cooldown_seconds'), cooldownSeconds, [0, DAY_SECONDS]),
      zones: zones.map((zone, i) => zoneOf(zone, field(`zones[${i}]`))),
      minFaceSize: wholeNumber(field('min_face_size'), minFaceSize, [0, 100_000]),
    },
  };
}

function zoneOf({ name, corners }: Zone__Output, field: string): Zone {
  const [fewest, most] = CORNERS;
  if (corners.length < fewest || corners.length > most) throw invalid(`${field}.corners`, 'OUT_OF_RANGE', `${field} has ${corners.length} corners`, `send ${fewest} to ${most}`);
  const outside = corners.findIndex(({ x, y }) => !(x >= 0 && x <= 1 && y >= 0 && y <= 1));
  if (outside >= 0) throw invalid(`${field}.corners[${outside}]`, 'OUT_OF_RANGE', `a corner of ${field} is not in the picture`, 'send shares of its width and height, 0 to 1');
  return { name: nonEmpty(`${field}.name`, name, LONGEST_NAME), corners: corners.map(({ x, y }) => ({ x, y })) };
}
