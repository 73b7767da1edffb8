import { GlimpseError } from '../errors.js';
import type { FaceSelector__Output } from '../generated/glimpse/v1/FaceSelector.js';
import type { Image__Output } from '../generated/glimpse/v1/Image.js';
import type { FaceSelector, ImageSource, Vision } from '../types.js';
import { invalid, oneOf } from './fields.js';

const FORMATS = ['RGB24', 'BGR24', 'GRAY8', 'NV12', 'I420'] as const;

/** Takes the picture as it is; whether it can be read is seen when it is. `field` is where it stands in the request. */
export function imageOf(image: Image__Output | null, field: string): ImageSource {
  if (image?.raw) {
    const { format, width, height, stride, data } = image.raw;
    return { raw: { format: oneOf(`${field}.raw.format`, format, FORMATS), width, height, stride, data } };
  }
  if (image?.encoded !== undefined) return { encoded: image.encoded };
  throw invalid(field, 'NO_IMAGE', `${field} holds no picture`, 'set encoded (a JPEG, PNG or WebP file) or raw');
}

/** `fallback` when nothing is chosen. */
export function selectorOf(which: FaceSelector__Output | null, fallback: FaceSelector, field: string, mayBeAll = false): FaceSelector {
  if (which?.box) {
    const { x, y, width, height } = which.box;
    if ([x, y].every(Number.isFinite) && [width, height].every((side) => side > 0 && Number.isFinite(side))) return { box: { x, y, width, height } };
    throw invalid(`${field}.box`, 'BAD_BOX', `${field}.box has no area`, 'give x, y and a width and height above 0, in pixels');
  }
  if (which?.rule === undefined || which.rule === 'RULE_UNSPECIFIED') return fallback;
  return oneOf<'LARGEST' | 'ONLY' | 'ALL'>(`${field}.rule`, which.rule, mayBeAll ? ['LARGEST', 'ONLY', 'ALL'] : ['LARGEST', 'ONLY']);
}

/** The same vision, but an error about a picture says where in the request that picture stands: `raw.stride` becomes `a.raw.stride`. */
export function namingVision(vision: Vision, fieldOf: (image: ImageSource) => string): Vision {
  return {
    network: vision.network,
    threshold: (...asked) => vision.threshold(...asked),
    yardstick: vision.yardstick,
    close: () => vision.close(),
    async analyse(image, options, signal) {
      try {
        return await vision.analyse(image, options, signal);
      } catch (error) {
        throw error instanceof GlimpseError && error.kind === 'undecodable' ? within(fieldOf(image), error) : error;
      }
    },
  };
}

function within(field: string, error: GlimpseError): GlimpseError {
  const { field: inner = '' } = error.detail;
  return new GlimpseError(error.kind, error.message, { ...error.detail, field: inner === '' ? field : `${field}.${inner}` }, error);
}
