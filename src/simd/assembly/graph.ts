// A navigable small-world graph (HNSW, Malkov and Yashunin 2016) over vectors of 256 numbers, in AssemblyScript. Everything lies in one linear
// memory that threads may share: each has an instance and a scratch of its own. Places are byte addresses; whoever calls reserves them and keeps
// the table of blocks (gallery/index/graph.ts). Nodes are numbered from 0.
//
// A block holds the codes of its nodes, behind them the nodes themselves: what the offsets below say, and their sketches. Most of a search is waiting for the codes, so they
// are small and lie close together: 4 bits for each number of the turned vector, 128 bytes. The turn (random signs, then a Walsh-Hadamard transform) makes
// every vector of unit length look alike: normal numbers with a deviation of 1. A code n from 0 to 15 stands for (n − 7.5) × STEP.
// Codes of a dead node are zeros, which no vector has; it never enters a pool. A sketch is the codes' upper bits, the signs: 32 bytes, that all nodes can be gone through.

const DIMENSIONS: usize = 256;
const CODES: usize = 128;
const SKETCH: usize = 32;
/** The best for 16 even steps over normal numbers (Max 1960). */
const STEP: f32 = 0.3352;

/** Set by the caller: 0 never used, 1 free, 2 linked. */
const STATE: usize = 0;
const LINKED: u32 = 2;
const LEVEL: usize = 4;
/** Address of the lists of levels 1 and up. */
const UPPER: usize = 8;
const LOCK: usize = 12;
/** Length of the list of level 0, then its nodes. */
const LIST: usize = 16;
const NODE_BYTES: usize = 256;
const NODES_A_BLOCK: usize = 4096;

/** Most links of a node at level 0, and how many are left when a full list is pruned; so most links cost no pruning. */
const MOST: u32 = 48;
const KEPT: u32 = 32;
/** The same for the upper levels. A new node links to so many, at every level. */
const UPPER_MOST: u32 = 24;
const NEW: u32 = 16;
const UPPER_BYTES: usize = 4 + 4 * UPPER_MOST;

// Header: the entry node, whose level is the highest, a lock for whoever changes it, then the addresses of the blocks of nodes.
const ENTRY: usize = 64;
const ENTRY_LOCK: usize = 72;
const BLOCKS: usize = 128;
const NOBODY: u32 = 0xffff_ffff;
/** In a table of names: no node was packed under this number. */
const UNUSED: u32 = 0xffff_fffe;

// Scratch: what was visited (a byte a node) lies at an address of its own.
const VISITED: usize = 0;
const EPOCH: usize = 4;
const VISITED_BYTES: usize = 8;
const TOUCHED: usize = 12;
// What similarities are asked with: 256 int16 in the order of the codes, then what their codes' middle adds up to. Of a search, of a list's owner, of a candidate.
const MIDDLE: usize = 512;
/** A mask for the lower half of each byte; read, because a constant would be made anew at every use. */
const EVEN: usize = 528;
/** What makes a cosine of a search's similarities. */
const COSINE: usize = 516;
const PROBE: usize = 64;
const OWNER: usize = 640;
const CANDIDATE: usize = 1216;
/** Chosen nodes: u32. */
const CHOSEN: usize = 1792;
/** The lists that a search looks at together: u32. */
const FOLLOWED: usize = 1984;
/** The sketch of what is searched for. */
const OUTLINE: usize = 2016;
/** How far its numbers are from zero, 0 to 3: the upper bits in the order of the sketch, then the lower ones. In the place of a list's owner. */
const FAR: usize = OWNER;
/** Entries (similarity i32, node u32) of a list that is pruned. */
const PRUNED: usize = 2048;
/** Nodes that are new to a search and the addresses of their codes: u32 each. In the same place, for no list is pruned during a search. */
const FRESH: usize = PRUNED;
/** How many nodes are at each distance: u32. In the same place. */
const DISTANCES: usize = PRUNED;
/** The codes of what is searched for, until it has its sketch. In the same place. */
const DRAFT: usize = PRUNED;
/** The codes of a node that is linked. Behind FRESH at its longest. */
const OWN: usize = 5504;
/** Entries of a search, best first. */
const POOL: usize = 5632;

/** So many lists are looked at together, that memory may fetch their nodes at once. */
const AT_ONCE: usize = 8;
/** A skim looks at nodes together from so many bytes of FRESH on, which has room for sixteen more. */
const TOGETHER: usize = 8 * 64;
/** Of more nodes than these an eighth tells how far a skim has to reach. */
const SAMPLED: u32 = 32768;

/** Marks an entry whose links were followed. */
const DONE: u32 = 0x8000_0000;
/** The similarity of a dead node. */
const NONE: i32 = i32.MIN_VALUE;

// @ts-ignore: AssemblyScript's own decorator
@inline
function blockOf(node: u32): usize {
  return <usize>load<u32>(BLOCKS + ((node >> 12) << 2));
}

// @ts-ignore: AssemblyScript's own decorator
@inline
function codesOf(node: u32): usize {
  return blockOf(node) + <usize>(node & <u32>(NODES_A_BLOCK - 1)) * CODES;
}

// @ts-ignore: AssemblyScript's own decorator
@inline
function at(node: u32): usize {
  return blockOf(node) + NODES_A_BLOCK * CODES + <usize>(node & <u32>(NODES_A_BLOCK - 1)) * NODE_BYTES;
}

// @ts-ignore: AssemblyScript's own decorator
@inline
function sketchesOf(block: usize): usize {
  return block + NODES_A_BLOCK * (CODES + NODE_BYTES);
}

// @ts-ignore: AssemblyScript's own decorator
@inline
function sketchOf(node: u32): usize {
  return sketchesOf(blockOf(node)) + <usize>(node & <u32>(NODES_A_BLOCK - 1)) * SKETCH;
}

// @ts-ignore: AssemblyScript's own decorator
@inline
function listAt(node: usize, level: i32): usize {
  return level == 0 ? node + LIST : <usize>load<u32>(node + UPPER) + <usize>(level - 1) * UPPER_BYTES;
}

// @ts-ignore: AssemblyScript's own decorator
@inline
function total(lanes: v128): i32 {
  return i32x4.extract_lane(lanes, 0) + i32x4.extract_lane(lanes, 1) + i32x4.extract_lane(lanes, 2) + i32x4.extract_lane(lanes, 3);
}

/**
 * Similarity of what stands at `probe` with a node, by its codes; comparable among nodes, and among probes that `aimAt` took. Sixteen bytes hold 32 numbers, four in each
 * int16. Every second one is left where it is, sixteen times too large, and the others of the probe are as much larger.
 */
// @ts-ignore: AssemblyScript's own decorator
@inline
function seen(probe: usize, codes: usize): i32 {
  const even = v128.load(probe + EVEN);
  const odd = i16x8.shl(even, 4);
  let a = i32x4.splat(0);
  let b = a;
  for (let c = codes, p = probe; c < codes + CODES; c += 16, p += 64) {
    const low = v128.load(c);
    const high = i16x8.shr_u(low, 8);
    a = i32x4.add(a, i32x4.dot_i16x8_s(v128.and(low, even), v128.load(p)));
    b = i32x4.add(b, i32x4.dot_i16x8_s(v128.and(low, odd), v128.load(p, 16)));
    a = i32x4.add(a, i32x4.dot_i16x8_s(v128.and(high, even), v128.load(p, 32)));
    b = i32x4.add(b, i32x4.dot_i16x8_s(v128.and(high, odd), v128.load(p, 48)));
  }
  const sum = total(i32x4.add(a, b));
  return sum == 0 ? NONE : sum - load<i32>(probe + MIDDLE);
}

/**
 * Turns 256 float32 in place; the length grows sixteenfold. Twice, for once leaves numbers that had unlike variances correlated, and correlated signs tell less.
 */
function turn(vector: usize): void {
  const random = flip(vector, 0x9e37_79b9, 1);
  transform(vector);
  flip(vector, random, 1 / 16);
  transform(vector);
}

/** Multiplies 256 float32 by `gain` and by signs by chance. Returns where chance goes on. */
function flip(vector: usize, random: u32, gain: f32): u32 {
  for (let i: usize = 0; i < 4 * DIMENSIONS; i += 128) {
    random ^= random << 13;
    random ^= random >> 17;
    random ^= random << 5;
    for (let j: usize = 0; j < 128; j += 16) {
      const signs = v128.and(i32x4.shl(i32x4(random, random << 1, random << 2, random << 3), <i32>(j >> 2)), i32x4.splat(0x8000_0000));
      v128.store(vector + i + j, v128.xor(f32x4.mul(v128.load(vector + i + j), f32x4.splat(gain)), signs));
    }
  }
  return random;
}

/** The Walsh-Hadamard transform of 256 float32, in place. */
function transform(vector: usize): void {
  for (let v = vector; v < vector + 4 * DIMENSIONS; v += 16) v128.store(v, within(v128.load(v)));
  for (let half: usize = 16; half < 4 * DIMENSIONS; half <<= 1) {
    for (let i: usize = 0; i < 4 * DIMENSIONS; i += half << 1) {
      for (let left = vector + i; left < vector + i + half; left += 16) {
        const first = v128.load(left);
        const second = v128.load(left + half);
        v128.store(left, f32x4.add(first, second));
        v128.store(left + half, f32x4.sub(first, second));
      }
    }
  }
}

/** The transform of four numbers. */
// @ts-ignore: AssemblyScript's own decorator
@inline
function within(lanes: v128): v128 {
  const pairs = f32x4.add(f32x4.mul(lanes, f32x4(1, -1, 1, -1)), v128.shuffle<f32>(lanes, lanes, 1, 0, 3, 2));
  return f32x4.add(f32x4.mul(pairs, f32x4(1, 1, -1, -1)), v128.shuffle<f32>(pairs, pairs, 2, 3, 0, 1));
}

/** Gives a node its vector: 256 float32 of unit length, which are turned where they are. */
export function place(node: u32, vector: usize): void {
  turn(vector);
  encode(vector, codesOf(node));
  outline(codesOf(node), sketchOf(node));
}

/** The codes of a turned vector. */
function encode(vector: usize, to: usize): void {
  for (let i: usize = 0; i < CODES; i += 16) {
    const from = vector + (i << 3);
    const low = v128.or(steps(from), i16x8.shl(steps(from + 32), 4));
    const high = v128.or(steps(from + 64), i16x8.shl(steps(from + 96), 4));
    v128.store(to + i, v128.or(low, i16x8.shl(high, 8)));
  }
}

/** The sketch of codes, their upper bits, or their next or the third ones; in another order than theirs, always the same. */
function outline(codes: usize, to: usize, bit: i32 = 0): void {
  for (let i: usize = 0; i < CODES; i += 16) {
    const four = i16x8.shl(v128.load(codes + i), bit);
    store<u16>(to + (i >> 2), <u16>i8x16.bitmask(four));
    store<u16>(to + (i >> 2), <u16>i8x16.bitmask(i16x8.shl(four, 4)), 2);
  }
}

/** The codes of eight numbers, int16. */
// @ts-ignore: AssemblyScript's own decorator
@inline
function steps(vector: usize): v128 {
  const low = i32x4.trunc_sat_f32x4_s(f32x4.floor(f32x4.add(f32x4.mul(v128.load(vector), f32x4.splat(1 / STEP)), f32x4.splat(8))));
  const high = i32x4.trunc_sat_f32x4_s(f32x4.floor(f32x4.add(f32x4.mul(v128.load(vector, 16), f32x4.splat(1 / STEP)), f32x4.splat(8))));
  return i16x8.min_s(i16x8.max_s(i16x8.narrow_i32x4_s(low, high), i16x8.splat(0)), i16x8.splat(15));
}

/** Takes 256 float32, which are turned where they are, as the probe of a search, in finer steps than the nodes'. */
export function aim(scratch: usize, vector: usize): void {
  turn(vector);
  encode(vector, scratch + DRAFT);
  outline(scratch + DRAFT, scratch + OUTLINE);
  outline(scratch + DRAFT, scratch + FAR, 1);
  outline(scratch + DRAFT, scratch + FAR + SKETCH, 2);
  for (let i: usize = 0; i < 2 * SKETCH; i += 16) {
    const sign = v128.load(scratch + OUTLINE + (i & (SKETCH - 1)));
    v128.store(scratch + FAR + i, v128.not(v128.xor(v128.load(scratch + FAR + i), sign))); // codes below the middle count down
  }
  let most = f32x4.splat(0);
  for (let v = vector; v < vector + 4 * DIMENSIONS; v += 16) most = f32x4.max(most, f32x4.abs(v128.load(v)));
  const largest = max(max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)), max(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)));
  const gain = f32x4.splat(largest > 0 ? 2047 / largest : 0);
  let sums = i32x4.splat(0);
  for (let i: usize = 0; i < 2 * DIMENSIONS; i += 16) {
    const low = f32x4.nearest(f32x4.mul(v128.load(vector + (i << 1)), gain));
    const high = f32x4.nearest(f32x4.mul(v128.load(vector + (i << 1), 16), gain));
    sums = i32x4.add(sums, keep(scratch + PROBE + i, i, i16x8.narrow_i32x4_s(i32x4.trunc_sat_f32x4_s(low), i32x4.trunc_sat_f32x4_s(high))));
  }
  v128.store(scratch + PROBE + EVEN, i16x8.splat(0x0f));
  store<i32>(scratch + PROBE + MIDDLE, 120 * total(sums));
  store<f32>(scratch + PROBE + COSINE, largest > 0 ? (STEP * largest) / (2047 * 16 * 256) : 0);
}

/** Takes codes as what similarities are asked with. */
function aimAt(probe: usize, codes: usize): void {
  let sums = i32x4.splat(0);
  for (let i: usize = 0; i < CODES; i += 16) {
    const four = v128.load(codes + i);
    for (let k: usize = 0; k < 4; k++) {
      const code = v128.and(i16x8.shr_u(four, <i32>(k << 2)), i16x8.splat(0x0f));
      const at = (i << 2) + (k << 4);
      sums = i32x4.add(sums, keep(probe + at, at, i16x8.sub(i16x8.shl(code, 1), i16x8.splat(15))));
    }
  }
  v128.store(probe + EVEN, i16x8.splat(0x0f));
  store<i32>(probe + MIDDLE, 120 * total(sums));
}

/** Writes eight numbers of a probe as `seen` wants them, by their place; returns their sums. */
// @ts-ignore: AssemblyScript's own decorator
@inline
function keep(to: usize, place: usize, numbers: v128): v128 {
  v128.store(to, place & 16 ? numbers : i16x8.shl(numbers, 4));
  return i32x4.dot_i16x8_s(numbers, i16x8.splat(1));
}

/** Forgets what was visited; a byte counts the searches, so that the table is wiped once in 255. */
function forget(scratch: usize): u8 {
  let epoch = load<u32>(scratch + EPOCH) + 1;
  if (epoch == 256) {
    epoch = 1;
    memory.fill(load<u32>(scratch + VISITED), 0, load<u32>(scratch + VISITED_BYTES));
  }
  store<u32>(scratch + EPOCH, epoch);
  return <u8>epoch;
}

/** Nodes followed in a row without finding one of the nearest, after which a search takes them for found: never. */
const ENDLESS: u32 = 0xffff_ffff;

/**
 * Spreads from the first `size` entries of the pool, best first, over one level until none of the best `breadth` has links that were not
 * followed, or until `patience` nodes were followed without a new one among the nearest `wanted`. Returns the new size. `shunned` never enters the pool.
 */
function spread(scratch: usize, size: u32, level: i32, breadth: u32, shunned: u32, wanted: u32 = 0, patience: u32 = ENDLESS): u32 {
  const pool = scratch + POOL;
  const visited = <usize>load<u32>(scratch + VISITED);
  const epoch = forget(scratch);
  if (shunned != NOBODY) store<u8>(visited + shunned, epoch);
  if (size > breadth) size = breadth;
  for (let i: u32 = 0; i < size; i++) {
    const entry = pool + (<usize>i << 3);
    const node = load<u32>(entry, 4) & ~DONE;
    store<u32>(entry, node, 4);
    store<u8>(visited + node, epoch);
  }
  let bar = size == breadth ? load<i32>(pool + (<usize>(size - 1) << 3)) : NONE;
  let next: u32 = 0;
  let idle: u32 = 0;
  while (next < size && idle < patience) {
    let taken: usize = 0;
    for (; next < size && taken < AT_ONCE; next++) {
      const entry = pool + (<usize>next << 3);
      const node = load<u32>(entry, 4);
      if (node & DONE) continue;
      store<u32>(entry, node | DONE, 4);
      const list = listAt(at(node), level);
      store<u32>(scratch + FOLLOWED + (taken << 2), <u32>list);
      store<u32>(scratch + TOUCHED, load<u32>(list) ^ load<u32>(list, 64));
      taken++;
    }
    idle += <u32>taken;
    let fresh = scratch + FRESH;
    for (let i: usize = 0; i < taken; i++) fresh = gather(scratch, <usize>load<u32>(scratch + FOLLOWED + (i << 2)), fresh, visited, epoch);
    for (let i = scratch + FRESH; i < fresh; i += 8) {
      const similarity = seen(scratch + PROBE, <usize>load<u32>(i, 4));
      if (similarity <= bar) continue;
      const place = enter(pool, size, breadth, similarity, load<u32>(i));
      if (size < breadth) size++;
      if (size == breadth) bar = load<i32>(pool + (<usize>(size - 1) << 3));
      if (place < next) next = place;
      if (place < wanted) idle = 0;
    }
  }
  return size;
}

/**
 * The nodes of a list that were not visited, with the addresses of their codes → `fresh`, in FRESH; returns where they end. Touches both cache lines of the codes, so that memory
 * fetches all at once instead of one after the other.
 */
// @ts-ignore: AssemblyScript's own decorator
@inline
function gather(scratch: usize, list: usize, fresh: usize, visited: usize, epoch: u8): usize {
  const end = list + 4 + (<usize>load<u32>(list) << 2);
  let touched: u32 = 0;
  for (let link = list + 4; link < end; link += 4) {
    const neighbour = load<u32>(link);
    if (load<u8>(visited + neighbour) == epoch) continue;
    store<u8>(visited + neighbour, epoch);
    const codes = codesOf(neighbour);
    store<u32>(fresh, neighbour);
    store<u32>(fresh, <u32>codes, 4);
    fresh += 8;
    touched ^= touch(codes);
  }
  store<u32>(scratch + TOUCHED, touched); // so that no compiler leaves the loads out
  return fresh;
}

/** The same for all nodes of a list. */
function fetchAll(scratch: usize, list: usize): void {
  const end = list + 4 + (<usize>load<u32>(list) << 2);
  let touched: u32 = 0;
  for (let link = list + 4; link < end; link += 4) touched ^= touch(codesOf(load<u32>(link)));
  store<u32>(scratch + TOUCHED, touched);
}

/** Both cache lines of a node's codes. */
// @ts-ignore: AssemblyScript's own decorator
@inline
function touch(codes: usize): u32 {
  return load<u32>(codes) ^ load<u32>(codes, 64);
}

/** Puts an entry where it belongs; a full pool loses its last. Returns its place. */
// @ts-ignore: AssemblyScript's own decorator
@inline
function enter(pool: usize, size: u32, breadth: u32, similarity: i32, node: u32): u32 {
  let low: u32 = 0;
  let high = size;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (load<i32>(pool + (<usize>middle << 3)) >= similarity) low = middle + 1;
    else high = middle;
  }
  const place = pool + (<usize>low << 3);
  const moved = (size < breadth ? size : breadth - 1) - low;
  memory.copy(place + 8, place, <usize>moved << 3);
  store<i32>(place, similarity);
  store<u32>(place, node, 4);
  return low;
}

// @ts-ignore: AssemblyScript's own decorator
@inline
function levelOf(node: u32): i32 {
  return load<i32>(at(node) + LEVEL);
}

/** Fills the pool with the entry node and walks down to `level`, one node wide. Returns the pool's size: 0 without nodes. */
function descend(scratch: usize, level: i32, shunned: u32): u32 {
  const entry = atomic.load<u32>(ENTRY);
  if (entry == NOBODY) return 0;
  const pool = scratch + POOL;
  store<i32>(pool, seen(scratch + PROBE, codesOf(entry)));
  store<u32>(pool, entry, 4);
  for (let l = levelOf(entry); l > level; l--) spread(scratch, 1, l, 1, shunned);
  return 1;
}

/** The level that a descent to `level` ended on, which is lower where no node is as high. */
function landed(scratch: usize, level: i32): i32 {
  return min(level, levelOf(load<u32>(scratch + POOL, 4) & ~DONE));
}

/**
 * Up to `count` nodes nearest to the probe by a search of this breadth → pairs at `out`, best first: the node, u32, and its cosine as its codes have it, f32. See
 * `spread` for the rest. Returns how many.
 */
export function near(scratch: usize, count: u32, breadth: u32, wanted: u32, patience: u32, out: usize): u32 {
  const size = descend(scratch, 0, NOBODY);
  return tell(scratch, size == 0 ? 0 : spread(scratch, size, 0, breadth, NOBODY, wanted, patience), count, out);
}

/**
 * The same without a link: goes through the sketches of all nodes below `nodes`, weighs the `alike` whose signs differ least from the probe's, more of them where many differ
 * alike, and looks at the codes of about the best `looked` of these. `dead`: how many of the nodes are, or were never used.
 */
export function skim(scratch: usize, count: u32, nodes: u32, dead: u32, alike: u32, looked: u32, out: usize): u32 {
  const distances = <usize>load<u32>(scratch + VISITED);
  store<u32>(scratch + EPOCH, 255); // what was visited is written over: the next walk begins with a wipe
  measure(scratch, nodes, distances);
  sift(scratch, nodes, distances, reach(scratch, nodes, dead, alike));
  const most = i8x16.splat(<i8>reach(scratch, nodes, 0, looked));
  const pool = scratch + POOL;
  let size: u32 = 0;
  let fresh = scratch + FRESH;
  for (let first: u32 = 0; first < nodes; first += 16) {
    const lanes = v128.load(distances + first);
    for (let bits = i8x16.bitmask(i8x16.le_u(lanes, most)); bits != 0; bits &= bits - 1) {
      const node = first + <u32>ctz(bits);
      const codes = codesOf(node);
      store<u32>(fresh, node);
      store<u32>(fresh, <u32>codes, 4);
      store<u32>(scratch + TOUCHED, touch(codes));
      fresh += 8;
    }
    if (fresh < scratch + FRESH + TOGETHER) continue;
    size = weighFresh(scratch, fresh, pool, size, count);
    fresh = scratch + FRESH;
  }
  return tell(scratch, weighFresh(scratch, fresh, pool, size, count), count, out);
}

/** In how many signs each node's sketch differs from the probe's, 255 at most → a byte each. */
function measure(scratch: usize, nodes: u32, distances: usize): void {
  const a = load<u64>(scratch + OUTLINE);
  const b = load<u64>(scratch + OUTLINE, 8);
  const c = load<u64>(scratch + OUTLINE, 16);
  const d = load<u64>(scratch + OUTLINE, 24);
  for (let first: u32 = 0; first < nodes; first += <u32>NODES_A_BLOCK) {
    let sketch = sketchesOf(blockOf(first));
    const end = distances + min(nodes, first + <u32>NODES_A_BLOCK);
    for (let to = distances + first; to < end; to++, sketch += SKETCH) {
      const differ = popcnt(a ^ load<u64>(sketch)) + popcnt(b ^ load<u64>(sketch, 8)) + popcnt(c ^ load<u64>(sketch, 16)) + popcnt(d ^ load<u64>(sketch, 24));
      store<u8>(to, <u8>min(differ, 255));
    }
  }
  // whole vectors are looked at later
  for (let to = distances + nodes; to & 15; to++) store<u8>(to, 255);
}

/**
 * Puts in the place of each distance of `most` and less how far from zero the probe is where its signs differ from the node's, added up: where it is near zero a difference says
 * little. 255 in the place of the others, and of the dead.
 */
function sift(scratch: usize, nodes: u32, distances: usize, most: u32): void {
  const farthest = i8x16.splat(<i8>most);
  for (let first: u32 = 0; first < nodes; first += 16) {
    const lanes = v128.load(distances + first);
    v128.store(distances + first, i8x16.splat(-1));
    for (let bits = i8x16.bitmask(i8x16.le_u(lanes, farthest)); bits != 0; bits &= bits - 1) {
      const node = first + <u32>ctz(bits);
      const sketch = sketchOf(node);
      let differ: u64 = 0;
      let alive: u64 = 0;
      for (let i: usize = 0; i < SKETCH; i += 8) {
        const own = load<u64>(sketch + i);
        const signs = load<u64>(scratch + OUTLINE + i) ^ own;
        alive |= own;
        differ += popcnt(signs) + (popcnt(signs & load<u64>(scratch + FAR + i)) << 2) + (popcnt(signs & load<u64>(scratch + FAR + SKETCH + i)) << 1);
      }
      if (alive != 0) store<u8>(distances + node, <u8>min(differ >> 1, 254));
    }
  }
}

/**
 * The least distance within which about so many nodes lie, 254 at most; by every eighth of them where there are many. The dead do not count: their sketches are zeros, so all are
 * as far as the probe has ones.
 */
function reach(scratch: usize, nodes: u32, dead: u32, wanted: u32): u32 {
  const step: u32 = nodes > SAMPLED ? 8 : 1;
  const counts = scratch + DISTANCES;
  memory.fill(counts, 0, 4 * 256);
  const distances = <usize>load<u32>(scratch + VISITED);
  for (let node: u32 = 0; node < nodes; node += step) {
    const bin = counts + (<usize>load<u8>(distances + node) << 2);
    store<u32>(bin, load<u32>(bin) + step);
  }
  let ones: u64 = 0;
  for (let i: usize = 0; i < SKETCH; i += 8) ones += popcnt(load<u64>(scratch + OUTLINE + i));
  let within: u32 = 0;
  for (let distance: u32 = 0; distance < 254; distance++) {
    const there = load<u32>(counts + (<usize>distance << 2));
    within += distance == <u32>ones ? there - min(there, dead) : there;
    if (within >= wanted) return distance;
  }
  return 254;
}

/** Enters what stands in FRESH into the pool, as far as it belongs to the best `count`; dead nodes do not. Returns the new size. */
function weighFresh(scratch: usize, end: usize, pool: usize, size: u32, count: u32): u32 {
  let bar = size == count ? load<i32>(pool + (<usize>(size - 1) << 3)) : NONE;
  for (let i = scratch + FRESH; i < end; i += 8) {
    const similarity = seen(scratch + PROBE, <usize>load<u32>(i, 4));
    if (similarity <= bar) continue;
    enter(pool, size, count, similarity, load<u32>(i));
    if (size < count) size++;
    if (size == count) bar = load<i32>(pool + (<usize>(size - 1) << 3));
  }
  return size;
}

/** Writes up to `count` of the pool's first `size` entries as `near` says. Returns how many. */
function tell(scratch: usize, size: u32, count: u32, out: usize): u32 {
  const found = min(size, count);
  const scale = load<f32>(scratch + PROBE + COSINE);
  for (let i: usize = 0; i < <usize>found << 3; i += 8) {
    store<u32>(out + i, load<u32>(scratch + POOL + i, 4) & ~DONE);
    store<f32>(out + i, <f32>load<i32>(scratch + POOL + i) * scale, 4);
  }
  return found;
}

/** Chooses up to `most` of `size` entries, best first, such that each is nearer to the base than to those chosen before → CHOSEN. Returns how many. */
function choose(scratch: usize, entries: usize, size: u32, most: u32): u32 {
  const chosen = scratch + CHOSEN;
  let count: usize = 0;
  for (let i: u32 = 0; i < size && count < <usize>most; i++) {
    const entry = entries + (<usize>i << 3);
    const node = load<u32>(entry, 4) & ~DONE;
    const similarity = load<i32>(entry);
    aimAt(scratch + CANDIDATE, codesOf(node));
    let apart = true;
    for (let j: usize = 0; j < count && apart; j++) apart = seen(scratch + CANDIDATE, codesOf(load<u32>(chosen + (j << 2)))) < similarity;
    if (!apart) continue;
    store<u32>(chosen + (count << 2), node);
    count++;
  }
  return <u32>count;
}

// @ts-ignore: AssemblyScript's own decorator
@inline
function lock(word: usize): void {
  while (atomic.cmpxchg<u32>(word, 0, 1) != 0);
}

// @ts-ignore: AssemblyScript's own decorator
@inline
function unlock(word: usize): void {
  atomic.store<u32>(word, 0);
}

/** Adds a link to a list; a full one is pruned. */
function addLink(scratch: usize, from: u32, to: u32, level: i32): void {
  const node = at(from);
  const list = listAt(node, level);
  const most: u32 = level == 0 ? MOST : UPPER_MOST;
  lock(node + LOCK);
  const count = load<u32>(list);
  if (count < most) {
    store<u32>(list + (<usize>count << 2), to, 4);
    store<u32>(list, count + 1);
  } else {
    const entries = scratch + PRUNED;
    fetchAll(scratch, list);
    aimAt(scratch + OWNER, codesOf(from));
    let size = weigh(scratch, 0, to);
    for (let i: usize = 0; i < <usize>count; i++) size = weigh(scratch, size, load<u32>(list + (i << 2), 4));
    const kept = choose(scratch, entries, size, level == 0 ? KEPT : NEW);
    memory.copy(list + 4, scratch + CHOSEN, <usize>kept << 2);
    store<u32>(list, kept);
  }
  unlock(node + LOCK);
}

/** Enters a node by its similarity with the owner of the list; a dead one is left out. Returns the new size. */
function weigh(scratch: usize, size: u32, node: u32): u32 {
  const similarity = seen(scratch + OWNER, codesOf(node));
  if (similarity == NONE) return size;
  enter(scratch + PRUNED, size, size + 1, similarity, node);
  return size + 1;
}

/**
 * Gives a node its vector, as `place` does, and its neighbours; other threads may link other nodes and search meanwhile. The node is dead until its own links stand: a link to whoever
 * had its place before may lead to it, and a search that is led to a node goes on from there, on the next level down too. It would find nothing but this one.
 */
export function link(scratch: usize, number: u32, vector: usize, breadth: u32): void {
  const node = at(number);
  const level = load<i32>(node + LEVEL);
  turn(vector);
  encode(vector, scratch + OWN);
  aimAt(scratch + PROBE, scratch + OWN);
  const alone = first(number);
  let size: u32 = alone ? 0 : descend(scratch, level, number);
  const highest = alone ? -1 : landed(scratch, level);
  for (let l = highest; l >= 0; l--) {
    size = spread(scratch, size, l, breadth, number);
    const count = choose(scratch, scratch + POOL, size, NEW);
    const list = listAt(node, l);
    memory.copy(list + 4, scratch + CHOSEN, <usize>count << 2);
    store<u32>(list, count);
  }
  memory.copy(codesOf(number), scratch + OWN, CODES);
  outline(scratch + OWN, sketchOf(number));
  for (let l = highest; l >= 0; l--) {
    const list = listAt(node, l);
    for (let i: usize = 0, count = <usize>load<u32>(list); i < count; i++) addLink(scratch, load<u32>(list + (i << 2), 4), number, l);
  }
  lock(ENTRY_LOCK);
  if (level > levelOf(load<u32>(ENTRY))) atomic.store<u32>(ENTRY, number);
  unlock(ENTRY_LOCK);
}

/** Makes the node the entry if there is none. */
function first(number: u32): bool {
  return atomic.cmpxchg<u32>(ENTRY, NOBODY, number) == NOBODY;
}

/**
 * Takes a node out: those that link to it, nearly all of whom a search around it finds, link past it to one of its neighbours. Overwrites its
 * vector. Links that are left point to a dead node, and later to whichever node takes its place: a detour, no error. `nodes`: one more than
 * the highest number. Not beside other threads.
 */
export function unlink(scratch: usize, number: u32, breadth: u32, nodes: u32): void {
  const node = at(number);
  aimAt(scratch + PROBE, codesOf(number));
  memory.fill(codesOf(number), 0, CODES);
  memory.fill(sketchOf(number), 0, SKETCH);
  const level = load<i32>(node + LEVEL);
  if (load<u32>(ENTRY) == number) enterAtTheTop(nodes);
  let size = descend(scratch, level, number);
  for (let l = size > 0 ? landed(scratch, level) : -1; l >= 0; l--) {
    size = spread(scratch, size, l, breadth, number);
    for (let i: usize = 0; i < <usize>size; i++) bypass(scratch, load<u32>(scratch + POOL + (i << 3), 4) & ~DONE, number, l);
  }
  for (let l = level; l >= 0; l--) store<u32>(listAt(node, l), 0);
}

/** Replaces the link from one node to another that is dead, if there is one, by the nearest of the dead one's neighbours that it lacks. */
function bypass(scratch: usize, from: u32, dead: u32, level: i32): void {
  const node = at(from);
  const list = listAt(node, level);
  const end = list + 4 + (<usize>load<u32>(list) << 2);
  const link = find(list, dead);
  if (link == end) return;
  const others = listAt(at(dead), level);
  aimAt(scratch + OWNER, codesOf(from));
  let best = NONE;
  let heir = NOBODY;
  for (let i: usize = 0, count = <usize>load<u32>(others); i < count; i++) {
    const other = load<u32>(others + (i << 2), 4);
    if (other == from || find(list, other) != end) continue;
    const similarity = seen(scratch + OWNER, codesOf(other));
    if (similarity <= best) continue;
    best = similarity;
    heir = other;
  }
  if (heir != NOBODY) {
    store<u32>(link, heir);
    return;
  }
  store<u32>(link, load<u32>(end - 4));
  store<u32>(list, load<u32>(list) - 1);
}

/** The address of a link in a list, or the list's end. */
function find(list: usize, node: u32): usize {
  const end = list + 4 + (<usize>load<u32>(list) << 2);
  let link = list + 4;
  while (link < end && load<u32>(link) != node) link += 4;
  return link;
}

/** The linked node of the highest level becomes the entry. `nodes`: one more than the highest number. */
export function enterAtTheTop(nodes: u32): void {
  let entry = NOBODY;
  let top = -1;
  for (let number: u32 = 0; number < nodes; number++) {
    const node = at(number);
    if (load<u32>(node + STATE) != LINKED || load<i32>(node + LEVEL) <= top) continue;
    entry = number;
    top = load<i32>(node + LEVEL);
  }
  store<u32>(ENTRY, entry);
}

/** A node's level, then for each level from 0 the count of its links and the links → u32 at `out`. Returns the bytes. */
export function pack(number: u32, out: usize): usize {
  const node = at(number);
  store<u32>(out, load<u32>(node + LEVEL));
  let to = out + 4;
  for (let l = 0; l <= load<i32>(node + LEVEL); l++) {
    const list = listAt(node, l);
    const bytes = 4 + (<usize>load<u32>(list) << 2);
    memory.copy(to, list, bytes);
    to += bytes;
  }
  return to - out;
}

/**
 * The other way round, from behind the level, which the node has to have already; `names` (u32 a packed number, `count` of them) says which node
 * each is now, or that it is gone. Returns the bytes read, or 0 if these are no links.
 */
export function unpack(number: u32, packed: usize, names: usize, count: u32): usize {
  const node = at(number);
  let from = packed;
  for (let l = 0; l <= load<i32>(node + LEVEL); l++) {
    const list = listAt(node, l);
    const links = load<u32>(from);
    if (links > (l == 0 ? MOST : UPPER_MOST)) return 0;
    let left: u32 = 0;
    for (const end = from + (<usize>links << 2); from < end; ) {
      from += 4;
      if (load<u32>(from) >= count) return 0;
      const other = load<u32>(names + (<usize>load<u32>(from) << 2));
      if (other >= UNUSED) continue;
      left++;
      store<u32>(list + (<usize>left << 2), other);
    }
    store<u32>(list, left);
    from += 4;
  }
  return from - packed;
}

/**
 * Takes packed nodes of one level back, one after the other, as far as `end`; stops before one of more levels or one that is gone. `cursor` (u32 each): the
 * address of the next node, its packed number, how many were taken. Returns false if something there is no list.
 */
export function unpackFlat(cursor: usize, end: usize, names: usize, count: u32): bool {
  let from = <usize>load<u32>(cursor);
  let number = load<u32>(cursor, 4);
  let taken = load<u32>(cursor, 8);
  let sound = true;
  while (from < end && number < count) {
    const name = load<u32>(names + (<usize>number << 2));
    if (name != UNUSED) {
      if (name == NOBODY || load<u32>(from) != 0) break;
      const bytes = unpack(name, from + 4, names, count);
      sound = bytes != 0;
      if (!sound) break;
      store<u32>(at(name) + STATE, LINKED);
      from += 4 + bytes;
      taken++;
    }
    number++;
  }
  store<u32>(cursor, <u32>from);
  store<u32>(cursor, number, 4);
  store<u32>(cursor, taken, 8);
  return sound;
}
