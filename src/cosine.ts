/** The cosine of two vectors of unit length and of the same dimensions, −1 to 1. A plain loop: some compare thousands with thousands. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** The vector at unit length; numbers that are not finite when it has no direction. */
export function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}
