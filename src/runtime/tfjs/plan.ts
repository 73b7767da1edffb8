import type { Tensor } from '@tensorflow/tfjs-core';
import type { Tf } from './backend.js';
import { fuse } from './fuse.js';
import { type Built, Graph, OpNode, type Values } from './graph.js';
import { type Model, Unsupported } from './model.js';
import { OPERATORS } from './operators.js';

interface Step {
  readonly makes: string;
  readonly reads: readonly string[];
  readonly run: Built['run'];
}

/** A step, and the values that nobody reads after it. */
interface Stage {
  readonly step: Step;
  readonly done: readonly string[];
}

/** A network made ready: weights uploaded, every operator bound to its attributes. Throws Unsupported for one that is not known. */
export class Plan {
  private readonly graph: Graph;
  private readonly steps: readonly Step[];
  private readonly schedules = new Map<string, readonly Stage[]>();

  constructor(
    private readonly tf: Tf,
    private readonly model: Model,
  ) {
    refuseUnknown(model);
    this.graph = new Graph(tf, model);
    try {
      this.steps = this.build();
    } catch (error) {
      this.graph.dispose();
      throw error;
    }
  }

  /**
   * Takes the input over and gives what was asked for, which is the caller's to dispose. Nothing else is left behind: a value goes as
   * soon as its last reader ran, and on an error at once.
   */
  run(input: Tensor, outputs: readonly string[]): Tensor[] {
    const values = new Map<string, Tensor>(this.model.inputs.map((name) => [name, input]));
    try {
      for (const { step, done } of this.schedule(outputs)) {
        values.set(step.makes, this.tf.tidy(() => step.run(values)));
        for (const name of done) drop(values, name);
      }
    } catch (error) {
      for (const name of [...values.keys()]) drop(values, name);
      throw error;
    }
    return outputs.map((name) => read(values, name));
  }

  dispose(): void {
    this.graph.dispose();
  }

  private build(): Step[] {
    for (const name of this.model.inputs) this.graph.setRank(name, 4);
    return fuse(this.model).map(({ node, activation }) => {
      const merged = activation && new OpNode(this.graph, activation);
      const { rank, run } = operator(node.op)(new OpNode(this.graph, node, merged));
      const [makes = ''] = (activation ?? node).outputs;
      this.graph.setRank(makes, rank);
      const reads = new Set(node.inputs.filter((name) => name !== '' && this.graph.constant(name) === undefined));
      return { makes, reads: [...reads], run };
    });
  }

  private schedule(outputs: readonly string[]): readonly Stage[] {
    const key = outputs.join('\n');
    const known = this.schedules.get(key) ?? scheduled(this.steps, outputs);
    this.schedules.set(key, known);
    return known;
  }
}

/** The steps that these outputs need. */
function scheduled(steps: readonly Step[], outputs: readonly string[]): Stage[] {
  for (const name of outputs) if (!steps.some(({ makes }) => makes === name)) throw new Error(`the network has no output ${name}`);
  const wanted = new Set(outputs);
  const stages: Stage[] = [];
  // Backwards: who reads a value first on this way is its last reader.
  for (const step of steps.toReversed()) {
    if (!wanted.has(step.makes)) continue;
    const done = step.reads.filter((name) => !wanted.has(name));
    for (const name of step.reads) wanted.add(name);
    stages.push({ step, done });
  }
  return stages.reverse();
}

function refuseUnknown({ nodes }: Model): void {
  for (const { op, outputs } of nodes) {
    operator(op);
    if (outputs.length !== 1) throw new Unsupported(`${op} with ${outputs.length} outputs`);
  }
}

function operator(op: string): (node: OpNode) => Built {
  const found = OPERATORS.get(op);
  if (found === undefined) throw new Unsupported(`the operator ${op}`);
  return found;
}

function read(values: Values, name: string): Tensor {
  const value = values.get(name);
  if (value === undefined) throw new Error(`${name} was not computed`);
  return value;
}

function drop(values: Map<string, Tensor>, name: string): void {
  values.get(name)?.dispose();
  values.delete(name);
}
