import type { Box } from '../types.js';

/** Standard deviation of where a detection puts the middle of a face, as a share of the box's height: of a clear one, and of a weak one. */
const MEASURED = { STRONG: 0.05, WEAK: 0.12 } as const;
/** The same of a side of the box, which goes round what can be seen of the face. */
const MEASURED_SIDE = 0.12;
/**
 * How restless a head is: the variance of its speed that a second adds, in box heights² a second³ (white noise of acceleration, so that it does not
 * matter in how many frames the second is cut). A walker who turns at two metres changes by about 2 heights a second within half a second.
 */
const RESTLESS = 3;
/** What is not known of the speed of a box that was seen once: box heights a second. */
const FIRST_SPEED = 2;

/** A value and its rate of change under constant velocity (a Kalman filter in closed form; Kalman 1960). */
class Coordinate {
  private rate = 0;
  // The covariance: of the value, of value with rate, of the rate.
  private vv: number;
  private vr = 0;
  private rr: number;

  constructor(
    public value: number,
    unit: number,
    measured: number,
  ) {
    this.vv = (measured * unit) ** 2;
    this.rr = (FIRST_SPEED * unit) ** 2;
  }

  predict(seconds: number, unit: number): void {
    const noise = RESTLESS * unit ** 2;
    this.value += this.rate * seconds;
    this.vv += seconds * (2 * this.vr + seconds * this.rr) + (noise * seconds ** 3) / 3;
    this.vr += seconds * this.rr + (noise * seconds ** 2) / 2;
    this.rr += noise * seconds;
  }

  /** @param error standard deviation of the measurement */
  correct(measured: number, error: number): void {
    const total = this.vv + error ** 2;
    const [gain, rateGain] = [this.vv / total, this.vr / total];
    const surprise = measured - this.value;
    this.value += gain * surprise;
    this.rate += rateGain * surprise;
    this.rr -= rateGain * this.vr;
    this.vr -= gain * this.vr;
    this.vv -= gain * this.vv;
  }

  /** Standard deviation of where the next measurement may lie. */
  spread(error: number): number {
    return Math.sqrt(this.vv + error ** 2);
  }

  /** Where it will be so many seconds from now, if nothing changes. */
  in(seconds: number): number {
    return this.value + this.rate * seconds;
  }

  /** No faster from here on. */
  rest(): void {
    this.rate = 0;
  }
}

/** Where a detection puts a face. */
export interface Placed {
  readonly box: Box;
  /** Of the face, not of the box: a box around half of a face has its middle elsewhere. Pixels. */
  readonly middle: { readonly x: number; readonly y: number };
  /** WEAK: hardly a face; it can hold a track but not begin one. */
  readonly kind: 'STRONG' | 'WEAK';
}

/** Where a face is and where it is going. Times are in seconds and need not be evenly spaced. */
export class Motion {
  private readonly x: Coordinate;
  private readonly y: Coordinate;
  // The box, seen from the middle of the face.
  private readonly left: Coordinate;
  private readonly top: Coordinate;
  private readonly width: Coordinate;
  private readonly height: Coordinate;
  private readonly sides: readonly Coordinate[];

  constructor(
    { box, middle, kind }: Placed,
    private at: number,
  ) {
    const unit = box.height;
    this.x = new Coordinate(middle.x, unit, MEASURED[kind]);
    this.y = new Coordinate(middle.y, unit, MEASURED[kind]);
    this.left = new Coordinate(box.x - middle.x, unit, MEASURED_SIDE);
    this.top = new Coordinate(box.y - middle.y, unit, MEASURED_SIDE);
    this.width = new Coordinate(box.width, unit, MEASURED_SIDE);
    this.height = new Coordinate(box.height, unit, MEASURED_SIDE);
    this.sides = [this.left, this.top, this.width, this.height];
  }

  /** Moves on to a time at or after the last; the box stays as it was seen: a growing guess is worse than a steady one. */
  predict(at: number): void {
    const seconds = Math.max(0, at - this.at);
    this.at = Math.max(this.at, at);
    const unit = this.unit;
    for (const side of this.sides) {
      side.rest();
      side.predict(seconds, unit);
    }
    this.x.predict(seconds, unit);
    this.y.predict(seconds, unit);
  }

  /** What was seen at the time that was predicted last. */
  correct({ box, middle, kind }: Placed): void {
    const unit = this.unit;
    this.x.correct(middle.x, MEASURED[kind] * unit);
    this.y.correct(middle.y, MEASURED[kind] * unit);
    const error = MEASURED_SIDE * unit;
    this.left.correct(box.x - middle.x, error);
    this.top.correct(box.y - middle.y, error);
    this.width.correct(box.width, error);
    this.height.correct(box.height, error);
  }

  get box(): Box {
    return this.expected(this.at);
  }

  /** Where it is expected at this time, which may lie ahead. */
  expected(at: number): Box {
    const ahead = Math.max(0, at - this.at);
    return { x: this.x.in(ahead) + this.left.value, y: this.y.in(ahead) + this.top.value, width: Math.max(1, this.width.value), height: this.unit };
  }

  /** How far the middle of a face is from where it is expected, in standard deviations, and how large these are, in heights of the face. */
  surprise({ middle, box, kind }: Placed): { readonly distance: number; readonly spread: number; readonly growth: number } {
    const unit = this.unit;
    const error = MEASURED[kind] * unit;
    const [sx, sy] = [this.x.spread(error), this.y.spread(error)];
    return { distance: Math.hypot((middle.x - this.x.value) / sx, (middle.y - this.y.value) / sy), spread: Math.sqrt(sx * sy) / unit, growth: Math.log(box.height / unit) };
  }

  private get unit(): number {
    return Math.max(1, this.height.value);
  }
}
