/** Least squares of y over x: the slope, and its standard error (0 where there are too few points to say). */
export function slopeOf(points: readonly (readonly [number, number])[]): { slope: number; error: number } {
  const count = points.length;
  const mean = (axis: 0 | 1): number => points.reduce((sum, point) => sum + point[axis], 0) / count;
  const [mx, my] = [mean(0), mean(1)];
  const [sxx, sxy] = points.reduce(([xx, xy], [x, y]) => [xx + (x - mx) ** 2, xy + (x - mx) * (y - my)], [0, 0]);
  const slope = sxy / sxx;
  const residuals = points.reduce((sum, [x, y]) => sum + (y - my - slope * (x - mx)) ** 2, 0);
  return { slope, error: count > 2 ? Math.sqrt(residuals / (count - 2) / sxx) : 0 };
}
