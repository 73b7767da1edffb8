// The arithmetic that has to be fast, in AssemblyScript (TypeScript's syntax, compiled to WebAssembly by scripts/kernels.mjs). Everything works on
// addresses of one linear memory; sizes and places are the callers' care (kernels.ts). No allocation, no state.

const ROW_BYTES: usize = 256 * 4;

/** Dot products of `count` rows of 256 float32, end to end at `rows`, with the one at `probe` → `count` float32 at `out`. */
export function dots(rows: usize, count: i32, probe: usize, out: usize): void {
  for (let end = out + (<usize>count << 2); out < end; out += 4, rows += ROW_BYTES) store<f32>(out, dot(rows, probe));
}

/**
 * The same for rows whose addresses (u32) stand at `places`; the answers take their places. Every cache line is touched first, so that memory fetches them all at once
 * instead of one row after the other.
 */
export function dotsAt(places: usize, count: i32, probe: usize): void {
  const end = places + (<usize>count << 2);
  let touched: u32 = 0;
  for (let place = places; place < end; place += 4) {
    const row = <usize>load<u32>(place);
    for (let line = row; line < row + ROW_BYTES; line += 64) touched ^= load<u32>(line);
  }
  store<u32>(end, touched); // so that no compiler leaves the loads out
  for (let place = places; place < end; place += 4) store<f32>(place, dot(<usize>load<u32>(place), probe));
}

// @ts-ignore: AssemblyScript's own decorator
@inline
function dot(row: usize, probe: usize): f32 {
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  for (let at = probe; at < probe + ROW_BYTES; at += 64, row += 64) {
    a = f32x4.add(a, f32x4.mul(v128.load(row), v128.load(at)));
    b = f32x4.add(b, f32x4.mul(v128.load(row, 16), v128.load(at, 16)));
    c = f32x4.add(c, f32x4.mul(v128.load(row, 32), v128.load(at, 32)));
    d = f32x4.add(d, f32x4.mul(v128.load(row, 48), v128.load(at, 48)));
  }
  return total(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
}

/** What float32 makes of a length of 1. */
const ROUNDING: f64 = 1e-6;

/** Scales `count` rows of 256 float32, end to end at `rows`, to unit length, where they are not that already; zeros stay. */
export function toUnitLength(rows: usize, count: i32): void {
  for (const end = rows + <usize>count * ROW_BYTES; rows < end; rows += ROW_BYTES) {
    let low = f64x2.splat(0);
    let high = low;
    for (let at = rows; at < rows + ROW_BYTES; at += 16) {
      const four = v128.load(at);
      const first = f64x2.promote_low_f32x4(four);
      const second = f64x2.promote_low_f32x4(i8x16.shuffle(four, four, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15));
      low = f64x2.add(low, f64x2.mul(first, first));
      high = f64x2.add(high, f64x2.mul(second, second));
    }
    const both = f64x2.add(low, high);
    const squares = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
    if (abs(squares - 1) <= ROUNDING || squares == 0) continue;
    const gain = f32x4.splat(<f32>(1 / Math.sqrt(squares)));
    for (let at = rows; at < rows + ROW_BYTES; at += 16) v128.store(at, f32x4.mul(v128.load(at), gain));
  }
}

/**
 * Weighted sum of `count` rows of `bytes` uint8, end to end at `rows` → float32 at `out`; both in whole vectors of 16, and as if a row followed
 * the last. `weights`: int16 pairs, one for each two rows, in units of 1/16384 (15 bits and a sign are what a vector multiplies at once).
 */
export function blendRows(rows: usize, bytes: usize, count: i32, weights: usize, out: usize): void {
  const unit = f32x4.splat(1.0 / 16384.0);
  for (let i: usize = 0; i < bytes; i += 16) {
    let a = i32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    let at = rows + i;
    for (let pair = weights, end = weights + (<usize>count << 1); pair < end; pair += 4, at += 2 * bytes) {
      const weight = v128.load32_splat(pair);
      const upper = v128.load(at);
      const lower = v128.load(at + bytes);
      const left = i8x16.shuffle(upper, lower, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      const right = i8x16.shuffle(upper, lower, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
      a = i32x4.add(a, i32x4.dot_i16x8_s(weight, i16x8.extend_low_i8x16_u(left)));
      b = i32x4.add(b, i32x4.dot_i16x8_s(weight, i16x8.extend_high_i8x16_u(left)));
      c = i32x4.add(c, i32x4.dot_i16x8_s(weight, i16x8.extend_low_i8x16_u(right)));
      d = i32x4.add(d, i32x4.dot_i16x8_s(weight, i16x8.extend_high_i8x16_u(right)));
    }
    const to = out + (i << 2);
    v128.store(to, f32x4.mul(f32x4.convert_i32x4_s(a), unit));
    v128.store(to, f32x4.mul(f32x4.convert_i32x4_s(b), unit), 16);
    v128.store(to, f32x4.mul(f32x4.convert_i32x4_s(c), unit), 32);
    v128.store(to, f32x4.mul(f32x4.convert_i32x4_s(d), unit), 48);
  }
}

/** One row of `width` packed RGB pixels → three planes of float32, scaled and shifted as in `mixColumns`; in whole vectors of 4 pixels. */
export function splitRow(row: usize, width: i32, gain: usize, lift: usize, red: usize, green: usize, blue: usize): void {
  const redGain = v128.load32_splat(gain);
  const greenGain = v128.load32_splat(gain, 4);
  const blueGain = v128.load32_splat(gain, 8);
  const redLift = v128.load32_splat(lift);
  const greenLift = v128.load32_splat(lift, 4);
  const blueLift = v128.load32_splat(lift, 8);
  for (let x: usize = 0; x < <usize>width; x += 4, row += 12) {
    const levels = v128.load(row);
    const reds = i8x16.swizzle(levels, i8x16(0, -1, -1, -1, 3, -1, -1, -1, 6, -1, -1, -1, 9, -1, -1, -1));
    const greens = i8x16.swizzle(levels, i8x16(1, -1, -1, -1, 4, -1, -1, -1, 7, -1, -1, -1, 10, -1, -1, -1));
    const blues = i8x16.swizzle(levels, i8x16(2, -1, -1, -1, 5, -1, -1, -1, 8, -1, -1, -1, 11, -1, -1, -1));
    const to = x << 2;
    v128.store(red + to, f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(reds), redGain), redLift));
    v128.store(green + to, f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(greens), greenGain), greenLift));
    v128.store(blue + to, f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(blues), blueGain), blueLift));
  }
}

/**
 * One row of float32 RGB → `width` pixels in each of three planes. Pixel x is Σ_t weight[x][t] · row[start[x] + t], scaled and shifted for each
 * channel. `starts`: int32 byte offsets into the row; `weights`: float32 [width, taps]; `gain` and `lift`: float32 [4], R, G, B and anything.
 */
export function mixColumns(row: usize, starts: usize, weights: usize, taps: i32, width: i32, gain: usize, lift: usize, red: usize, green: usize, blue: usize): void {
  const scale = v128.load(gain);
  const shift = v128.load(lift);
  for (let x: usize = 0; x < <usize>width; x++) {
    let at = row + load<u32>(starts + (x << 2));
    let sum = f32x4.splat(0);
    for (let t = 0; t < taps; t++, at += 12, weights += 4) sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(weights), v128.load(at)));
    sum = f32x4.add(f32x4.mul(sum, scale), shift);
    const to = x << 2;
    store<f32>(red + to, f32x4.extract_lane(sum, 0));
    store<f32>(green + to, f32x4.extract_lane(sum, 1));
    store<f32>(blue + to, f32x4.extract_lane(sum, 2));
  }
}

/**
 * Cuts `columns`×`rows` samples out of a packed RGB picture of `width`×`height` pixels → three planes of float32 at `out`. Bilinear; sample (u, v) lies
 * at (x + a·u − b·v, y + b·u + a·v), pixel centres being whole; what lies outside counts as `fill`.
 */
export function cut(picture: usize, width: i32, height: i32, x: f64, y: f64, a: f64, b: f64, columns: i32, rows: i32, fill: f32, out: usize): void {
  const plane: usize = <usize>(columns * rows) << 2;
  for (let v = 0; v < rows; v++) {
    let px = x - b * v;
    let py = y + a * v;
    for (let u = 0; u < columns; u++, out += 4, px += a, py += b) {
      const left = Math.floor(px);
      const top = Math.floor(py);
      const column = <i32>left;
      const row = <i32>top;
      const right = f32x4.splat(<f32>(px - left));
      const below = f32x4.splat(<f32>(py - top));
      const inside = column >= 0 && row >= 0 && column < width - 1 && row < height - 1;
      const upper = inside ? between(picture, width, column, row, right) : betweenAtEdge(picture, width, height, column, row, right, fill);
      const lower = inside ? between(picture, width, column, row + 1, right) : betweenAtEdge(picture, width, height, column, row + 1, right, fill);
      const level = f32x4.add(upper, f32x4.mul(f32x4.sub(lower, upper), below));
      store<f32>(out, f32x4.extract_lane(level, 0));
      store<f32>(out + plane, f32x4.extract_lane(level, 1));
      store<f32>(out + 2 * plane, f32x4.extract_lane(level, 2));
    }
  }
}

/** R, G, B between a pixel and its right neighbour. */
// @ts-ignore: AssemblyScript's own decorator
@inline
function between(picture: usize, width: i32, column: i32, row: i32, right: v128): v128 {
  const both = v128.load64_zero(picture + 3 * <usize>(row * width + column));
  const first = f32x4.convert_i32x4_s(i8x16.swizzle(both, i8x16(0, -1, -1, -1, 1, -1, -1, -1, 2, -1, -1, -1, -1, -1, -1, -1)));
  const second = f32x4.convert_i32x4_s(i8x16.swizzle(both, i8x16(3, -1, -1, -1, 4, -1, -1, -1, 5, -1, -1, -1, -1, -1, -1, -1)));
  return f32x4.add(first, f32x4.mul(f32x4.sub(second, first), right));
}

function betweenAtEdge(picture: usize, width: i32, height: i32, column: i32, row: i32, right: v128, fill: f32): v128 {
  const first = levelsAt(picture, width, height, column, row, fill);
  const second = levelsAt(picture, width, height, column + 1, row, fill);
  return f32x4.add(first, f32x4.mul(f32x4.sub(second, first), right));
}

function levelsAt(picture: usize, width: i32, height: i32, column: i32, row: i32, fill: f32): v128 {
  if (column < 0 || row < 0 || column >= width || row >= height) return f32x4.splat(fill);
  const at = picture + 3 * <usize>(row * width + column);
  return f32x4(<f32>load<u8>(at), <f32>load<u8>(at, 1), <f32>load<u8>(at, 2), 0);
}

/** Grey levels (ITU-R BT.601) of three planes of `count` float32, a multiple of 4 → float32 at `out`. */
export function grey(planes: usize, count: usize, out: usize): void {
  const plane = count << 2;
  for (let i: usize = 0; i < plane; i += 16) {
    const red = f32x4.mul(v128.load(planes + i), f32x4.splat(0.299));
    const green = f32x4.mul(v128.load(planes + plane + i), f32x4.splat(0.587));
    const blue = f32x4.mul(v128.load(planes + 2 * plane + i), f32x4.splat(0.114));
    v128.store(out + i, f32x4.add(f32x4.add(red, green), blue));
  }
}

/** Variance of the Laplacian over columns [left, right) and rows [top, bottom) of a grey plane; right − left is a multiple of 4. */
export function laplacianVariance(levels: usize, width: usize, left: usize, right: usize, top: usize, bottom: usize): f64 {
  const line = width << 2;
  let sum: f64 = 0;
  let squares: f64 = 0;
  for (let y = top; y < bottom; y++) {
    let sums = f32x4.splat(0);
    let ofSquares = sums;
    for (let at = levels + y * line + (left << 2), end = levels + y * line + (right << 2); at < end; at += 16) {
      const beside = f32x4.add(v128.load(at - 4), v128.load(at, 4));
      const around = f32x4.add(beside, f32x4.add(v128.load(at - line), v128.load(at + line)));
      const value = f32x4.sub(around, f32x4.mul(f32x4.splat(4), v128.load(at)));
      sums = f32x4.add(sums, value);
      ofSquares = f32x4.add(ofSquares, f32x4.mul(value, value));
    }
    sum += total(sums);
    squares += total(ofSquares);
  }
  const count = <f64>((right - left) * (bottom - top));
  const mean = sum / count;
  return Math.max(0, squares / count - mean * mean);
}

// @ts-ignore: AssemblyScript's own decorator
@inline
function total(lanes: v128): f32 {
  return f32x4.extract_lane(lanes, 0) + f32x4.extract_lane(lanes, 1) + (f32x4.extract_lane(lanes, 2) + f32x4.extract_lane(lanes, 3));
}
