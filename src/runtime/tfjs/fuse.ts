import type { Model, Node } from './model.js';

/** A node and, for a convolution, the activation that is computed with it: one pass over memory less. */
export interface Fused {
  readonly node: Node;
  readonly activation?: Node;
}

/** Merges Relu and PRelu into the convolution whose only readers they are. */
export function fuse(model: Model): Fused[] {
  const merged = new Map<Node, Node>();
  for (const node of model.nodes) {
    const activation = node.op === 'Conv' ? activationOf(node, model) : undefined;
    if (activation !== undefined) merged.set(node, activation);
  }
  const absorbed = new Set(merged.values());
  return model.nodes
    .filter((node) => !absorbed.has(node))
    .map((node) => {
      const activation = merged.get(node);
      return activation === undefined ? { node } : { node, activation };
    });
}

function activationOf(conv: Node, { nodes, outputs, constants }: Model): Node | undefined {
  const [made = ''] = conv.outputs;
  const readers = nodes.filter(({ inputs }) => inputs.includes(made));
  const [reader] = readers;
  if (reader === undefined || readers.length > 1 || outputs.includes(made)) return undefined;
  if (reader.op === 'Relu') return reader;
  const slopes = constants.get(reader.inputs[1] ?? '')?.data.length;
  const channels = constants.get(conv.inputs[1] ?? '')?.shape[0];
  return reader.op === 'PRelu' && slopes === channels ? reader : undefined;
}
