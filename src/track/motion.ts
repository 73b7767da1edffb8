import type { Box } from '../types.js';

/** Standard deviation of a measured centre, as a share of the box's height; a box around half of a face is off by more than jitter. */
const MEASURED = 0.07;
/** The same of a side. */
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
    private readonly measured = MEASURED,
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

  correct(measured: number, unit: number): void {
    const total = this.vv + (this.measured * unit) ** 2;
    const [gain, rateGain] = [this.vv / total, this.vr / total];
    const surprise = measured - this.value;
    this.value += gain * surprise;
    this.rate += rateGain * surprise;
    this.rr -= rateGain * this.vr;
    this.vr -= gain * this.vr;
    this.vv -= gain * this.vv;
  }

  /** Standard deviation of where the next measurement may lie. */
  spread(unit: number): number {
    return Math.sqrt(this.vv + (this.measured * unit) ** 2);
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

/** Where a face is and where it is going. Times are in seconds and need not be evenly spaced. */
export class Motion {
  private readonly x: Coordinate;
  private readonly y: Coordinate;
  private readonly width: Coordinate;
  private readonly height: Coordinate;

  constructor(
    box: Box,
    private at: number,
  ) {
    const unit = box.height;
    this.x = new Coordinate(box.x + box.width / 2, unit);
    this.y = new Coordinate(box.y + box.height / 2, unit);
    this.width = new Coordinate(box.width, unit, MEASURED_SIDE);
    this.height = new Coordinate(box.height, unit, MEASURED_SIDE);
  }

  /** Moves on to a time at or after the last; sides stay as they were seen: a growing guess is worse than a steady one. */
  predict(at: number): void {
    const seconds = Math.max(0, at - this.at);
    this.at = Math.max(this.at, at);
    for (const side of [this.width, this.height]) side.rest();
    for (const coordinate of this.all()) coordinate.predict(seconds, this.unit);
  }

  /** What was seen at the time that was predicted last. */
  correct(box: Box): void {
    const unit = this.unit;
    this.x.correct(box.x + box.width / 2, unit);
    this.y.correct(box.y + box.height / 2, unit);
    this.width.correct(box.width, unit);
    this.height.correct(box.height, unit);
  }

  get box(): Box {
    const [width, height] = [Math.max(1, this.width.value), this.unit];
    return { x: this.x.value - width / 2, y: this.y.value - height / 2, width, height };
  }

  /** Where it is expected at this time, which may lie ahead. */
  expected(at: number): Box {
    const ahead = Math.max(0, at - this.at);
    const { box: { width, height } } = this;
    return { x: this.x.in(ahead) - width / 2, y: this.y.in(ahead) - height / 2, width, height };
  }

  /** How far a box's centre and height are from what is expected, in standard deviations. */
  distance(box: Box): number {
    const unit = this.unit;
    const dx = (box.x + box.width / 2 - this.x.value) / this.x.spread(unit);
    const dy = (box.y + box.height / 2 - this.y.value) / this.y.spread(unit);
    const dh = (box.height - this.height.value) / this.height.spread(unit);
    return Math.sqrt(dx * dx + dy * dy + dh * dh);
  }

  private get unit(): number {
    return Math.max(1, this.height.value);
  }

  private all(): Coordinate[] {
    return [this.x, this.y, this.width, this.height];
  }
}
