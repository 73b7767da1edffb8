import { KERNELS } from '../generated/kernels.js';

/** What is done to vectors; the same functions for a memory that threads share and for one that they do not. */
export interface VectorKernels {
  dots(rows: number, count: number, probe: number, out: number): void;
  dotsAt(places: number, count: number, probe: number): void;
  toUnitLength(rows: number, count: number): void;
}

/** The functions of assembly/index.ts, where each is described. Arguments that name a place are byte addresses. */
export interface Kernels extends VectorKernels {
  blendRows(rows: number, bytes: number, count: number, weights: number, out: number): void;
  mixColumns(
    row: number, starts: number, weights: number, taps: number, width: number, gain: number, lift: number, red: number, green: number, blue: number,
  ): void;
  splitRow(row: number, width: number, gain: number, lift: number, red: number, green: number, blue: number): void;
  cut(
    picture: number, width: number, height: number, x: number, y: number, a: number, b: number, columns: number, rows: number, fill: number, out: number,
  ): void;
  grey(planes: number, count: number, out: number): void;
  laplacianVariance(levels: number, width: number, left: number, right: number, top: number, bottom: number): number;
}

const PAGE = 65_536;
/** WebAssembly addresses four gigabytes. */
const MOST_PAGES = 65_536;
/** Kernels read and write whole vectors: up to this much beyond the last byte asked for. */
const SLACK = 64;

/** A linear memory, the kernels that work on it, and who has which part of it. */
export class Space<K> {
  readonly kernels: K;
  readonly #memory;
  #end = SLACK;

  /** @param module imports its memory; a shared one if it was compiled for that */
  constructor(module: object, shared: boolean) {
    this.#memory = new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES, shared });
    this.kernels = kernelsOn(module, this.#memory) as K;
  }

  /** For another thread, if it is shared: kernels and views work there too. Whatever they touch has to be reserved here, before. */
  get memory(): WebAssembly.Memory {
    return this.#memory;
  }

  /** The address of `bytes` fresh, zeroed bytes, aligned to 64, that are never given back. Throws RangeError beyond four gigabytes. */
  reserve(bytes: number): number {
    const start = this.#end;
    this.#end = start + Math.ceil((bytes + SLACK) / SLACK) * SLACK;
    const missing = Math.ceil((this.#end - this.#memory.buffer.byteLength) / PAGE);
    if (missing > 0) this.#memory.grow(missing);
    return start;
  }

  /** A view of all there is now, which the next `reserve` may invalidate. */
  words(): Int32Array<ArrayBuffer> {
    return new Int32Array(this.#memory.buffer);
  }

  /** A view that the next `reserve` may invalidate: look again after it. */
  bytes(address: number, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#memory.buffer, address, length);
  }

  /** A view that the next `reserve` may invalidate: look again after it. */
  floats(address: number, length: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.#memory.buffer, address, length);
  }

  /** A view that the next `reserve` may invalidate: look again after it. */
  integers(address: number, length: number): Int32Array<ArrayBuffer> {
    return new Int32Array(this.#memory.buffer, address, length);
  }
}

/** The kernels of a module, on a memory that may be another thread's. */
export const kernelsOn = (module: object, memory: WebAssembly.Memory): object => new WebAssembly.Instance(module, { env: { memory } }).exports;

const module = new WebAssembly.Module(Buffer.from(KERNELS, 'base64'));

/** A space for the kernels of assembly/index.ts. */
export class Workspace extends Space<Kernels> {
  constructor() {
    super(module, false);
  }
}

/** A part of a space that grows with what it is asked for and is used again. */
export class Region {
  #address = 0;
  #size = 0;

  constructor(private readonly space: Space<unknown>) {}

  /** The address of room for `bytes`; what was there may be gone. */
  room(bytes: number): number {
    if (bytes > this.#size) {
      this.#size = Math.max(bytes, 2 * this.#size);
      this.#address = this.space.reserve(this.#size);
    }
    return this.#address;
  }
}
