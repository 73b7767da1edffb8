import type { Tensor } from './network.js';

/** Rows of one pass, and where their results go. */
export interface Batch {
  readonly input: Tensor;
  readonly outputs: readonly string[];
  /** Hands every row its part of the results, [rows, …] each. */
  settle(results: readonly Tensor[]): void;
  fail(error: unknown): void;
}

/** What waits, stream by stream. Streams take turns row by row; within a stream the lowest order is first, then who came first. */
export class Turns {
  /** Streams with waiting rows, the next to be served first. */
  private readonly streams = new Map<number, Request[]>();
  private count = 0;

  /** Waiting rows. */
  get rows(): number {
    return this.count;
  }

  /** When the request that has waited longest came. */
  get oldest(): number | undefined {
    const times = [...this.streams.values()].flat().map(({ since }) => since);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  add(stream: number, asked: Asked): Request {
    const request: Request = new Request(asked, () => this.remove(stream, request));
    const queue = this.streams.get(stream);
    const place = queue?.findIndex((other) => other.order > request.order) ?? -1;
    if (queue === undefined) this.streams.set(stream, [request]);
    else queue.splice(place === -1 ? queue.length : place, 0, request);
    this.count += request.left;
    return request;
  }

  /** Up to `most` rows of one shape, that of the stream whose turn it is. Undefined when none waits. */
  take(most: number): Batch | undefined {
    const [first] = this.streams.values();
    const shape = first?.[0]?.shape;
    if (shape === undefined) return undefined;
    const rows: Row[] = [];
    for (let found = true; found && rows.length < most; ) {
      found = false;
      for (const stream of [...this.streams.keys()]) {
        const row = rows.length < most ? this.next(stream, shape) : undefined;
        if (row === undefined) continue;
        rows.push(row);
        found = true;
      }
    }
    return batchOf(rows);
  }

  /** The stream's next row, if it has that shape; the stream's turn is then over. */
  private next(stream: number, shape: string): Row | undefined {
    const queue = this.streams.get(stream) ?? [];
    const [request] = queue;
    if (request?.shape !== shape) return undefined;
    const row = { request, index: request.takeRow() };
    this.count -= 1;
    if (request.left === 0) queue.shift();
    this.streams.delete(stream);
    if (queue.length > 0) this.streams.set(stream, queue);
    return row;
  }

  private remove(stream: number, request: Request): void {
    const queue = this.streams.get(stream) ?? [];
    const place = queue.indexOf(request);
    if (place === -1) return;
    queue.splice(place, 1);
    this.count -= request.left;
    if (queue.length === 0) this.streams.delete(stream);
  }
}

interface Row {
  readonly request: Request;
  readonly index: number;
}

interface Asked {
  /** At least one row. */
  readonly input: Tensor;
  readonly outputs: readonly string[];
  readonly order: number;
  /** When it came. */
  readonly since: number;
}

/** Rows that came together; they may be computed in several passes. */
export class Request {
  readonly done: Promise<Tensor[]>;
  readonly shape: string;
  private readonly rows: number;
  private taken = 0;
  private missing: number;
  private readonly results: Tensor[] = [];
  private resolve!: (results: Tensor[]) => void;
  private reject!: (error: unknown) => void;

  constructor(
    private readonly asked: Asked,
    private readonly forget: () => void,
  ) {
    this.rows = asked.input.shape[0] ?? 0;
    this.missing = this.rows;
    this.shape = asked.input.shape.slice(1).join('×');
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  get since(): number {
    return this.asked.since;
  }

  get order(): number {
    return this.asked.order;
  }

  get outputs(): readonly string[] {
    return this.asked.outputs;
  }

  /** Rows that no pass has taken. */
  get left(): number {
    return this.rows - this.taken;
  }

  takeRow(): number {
    return this.taken++;
  }

  values(row: number): Float32Array {
    const { data } = this.asked.input;
    const length = data.length / this.rows;
    return data.subarray(row * length, (row + 1) * length);
  }

  /** `parts`: the row's own part of every output, and the output's shape without its rows. */
  settleRow(row: number, parts: readonly Tensor[]): void {
    parts.forEach(({ data, shape }, i) => {
      this.results[i] ??= { data: new Float32Array(this.rows * data.length), shape: [this.rows, ...shape] };
      this.results[i].data.set(data, row * data.length);
    });
    this.missing -= 1;
    if (this.missing === 0) this.resolve(this.results);
  }

  leave(reason: unknown): void {
    this.forget();
    this.reject(reason);
  }
}

/** Rows of different requests laid end to end; an output is computed if any of them asks for it. */
function batchOf(rows: readonly Row[]): Batch {
  const [first] = rows as readonly [Row, ...Row[]];
  const length = first.request.values(first.index).length;
  const data = new Float32Array(rows.length * length);
  rows.forEach(({ request, index }, i) => data.set(request.values(index), i * length));
  const outputs = [...new Set(rows.flatMap(({ request }) => request.outputs))];
  return {
    input: { data, shape: [rows.length, ...first.request.shape.split('×').map(Number)] },
    outputs,
    settle: (results) => rows.forEach(({ request, index }, i) => request.settleRow(index, request.outputs.map((name) => part(results[outputs.indexOf(name)], i)))),
    fail: (error) => new Set(rows.map(({ request }) => request)).forEach((request) => request.leave(error)),
  };
}

function part(result: Tensor | undefined, row: number): Tensor {
  const [rows = 1, ...shape] = result?.shape ?? [];
  const length = (result?.data.length ?? 0) / rows;
  return { data: result?.data.subarray(row * length, (row + 1) * length) ?? new Float32Array(0), shape };
}
