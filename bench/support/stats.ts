/** Order statistics of what trials measured. */

/** Linear interpolation between the two nearest ranks; `q` from 0 to 1. NaN for no values. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = (sorted.length - 1) * q;
  const below = sorted[Math.floor(rank)] ?? NaN;
  const above = sorted[Math.ceil(rank)] ?? NaN;
  return below + (above - below) * (rank - Math.floor(rank));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spread(values: readonly number[]): Spread {
  return { median: median(values), min: quantile(values, 0), max: quantile(values, 1) };
}

/** Three significant digits at least, as a plain number, for tables and JSON. */
export function round(value: number, decimals = 1): number {
  return Number(value.toFixed(decimals));
}

/** `12.3 (11.9 – 12.8)` */
export function spreadText({ median: middle, min, max }: Spread, decimals = 1): string {
  return `${middle.toFixed(decimals)} (${min.toFixed(decimals)} – ${max.toFixed(decimals)})`;
}
