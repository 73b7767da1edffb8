import type { Tensor } from '@tensorflow/tfjs-core';
import type { Tf } from './backend.js';
import { layOut, widened } from './layout.js';
import { type Attribute, type Constant, type Model, type Node, Unsupported } from './model.js';

/** The values that exist at a moment of a run, by name. */
export type Values = ReadonlyMap<string, Tensor>;

/** Where an operator finds an input when it runs. */
export type Source = (values: Values) => Tensor;

/** What building an operator gives: how many dimensions its result has, and how to compute it. */
export interface Built {
  readonly rank: number;
  readonly run: Source;
}

/** Knows of every value of a network how many dimensions it has, and holds the weights. */
export class Graph {
  private readonly ranks = new Map<string, number>();
  private readonly weights: Tensor[] = [];

  constructor(
    readonly tf: Tf,
    private readonly model: Model,
  ) {}

  rank(name: string): number {
    const rank = this.ranks.get(name) ?? this.model.constants.get(name)?.shape.length;
    if (rank === undefined) throw new Error(`it reads ${JSON.stringify(name)} before anything makes it`);
    return rank;
  }

  setRank(name: string, rank: number): void {
    this.ranks.set(name, rank);
  }

  constant(name: string): Constant | undefined {
    return this.model.constants.get(name);
  }

  /** Uploads a weight, once, in the form that `make` gives it. */
  upload(make: () => Tensor): Tensor {
    const weight = this.tf.tidy(make);
    this.weights.push(weight);
    return weight;
  }

  dispose(): void {
    for (const weight of this.weights.splice(0)) weight.dispose();
  }
}

/** One node as its operator sees it while it is built. */
export class OpNode {
  constructor(
    private readonly graph: Graph,
    private readonly node: Node,
    /** The activation that was merged into this node. */
    readonly activation?: OpNode,
  ) {}

  get tf(): Tf {
    return this.graph.tf;
  }

  get count(): number {
    return this.node.inputs.length;
  }

  rank(input: number): number {
    return this.graph.rank(this.name(input));
  }

  /** The input as a value of `rank` dimensions: its own, or as many as it has to be broadcast to. */
  source(input: number, rank = this.rank(input)): Source {
    const { tf } = this;
    const name = this.name(input);
    const constant = this.graph.constant(name);
    if (constant !== undefined) {
      const weight = this.graph.upload(() => widened(tf, layOut(tf, tensor(tf, constant)), rank));
      return () => weight;
    }
    return (values) => {
      const value = values.get(name);
      if (value === undefined) throw new Error(`${name} was not computed`);
      return widened(tf, value, rank);
    };
  }

  /** A weight that is read in a form of its own. */
  weight(input: number, form: (weight: Tensor) => Tensor): Tensor {
    const { tf } = this;
    const constant = this.constant(input);
    return this.graph.upload(() => form(tensor(tf, constant)));
  }

  constant(input: number): Constant {
    return this.graph.constant(this.name(input)) ?? this.refuse(`input ${input} that is computed`);
  }

  /** Constant whole numbers, as axes and shapes are; undefined where the input is left out. */
  numbers(input: number): number[] | undefined {
    return this.has(input) ? [...this.constant(input).data] : undefined;
  }

  has(input: number): boolean {
    return (this.node.inputs[input] ?? '') !== '';
  }

  integers(attribute: string): readonly number[] | undefined {
    return this.attribute(attribute)?.integers;
  }

  integer(attribute: string, fallback: number): number {
    return this.integers(attribute)?.[0] ?? fallback;
  }

  /** Refuses a network that sets the attribute to anything but what this runtime does. */
  expect(attribute: string, only: string, fallback = only): void {
    const found = this.attribute(attribute)?.text ?? fallback;
    if (found !== only) this.refuse(`${attribute} ${found}`);
  }

  refuse(what: string): never {
    throw new Unsupported(`${this.node.op} with ${what}`);
  }

  get op(): string {
    return this.node.op;
  }

  private attribute(name: string): Attribute | undefined {
    return this.node.attributes.get(name);
  }

  private name(input: number): string {
    return this.has(input) ? (this.node.inputs[input] ?? '') : this.refuse(`no input ${input}`);
  }
}

function tensor(tf: Tf, { shape, data }: Constant): Tensor {
  return tf.tensor(data instanceof Float32Array ? data : [...data], [...shape], 'float32');
}
