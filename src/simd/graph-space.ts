import { GRAPH_KERNELS } from '../generated/graph-kernels.js';
import { kernelsOn, Space } from './workspace.js';

/** The functions of assembly/graph.ts, where each is described. Arguments that name a place are byte addresses. */
export interface GraphKernels {
  place(node: number, vector: number): void;
  aim(scratch: number, vector: number): void;
  near(scratch: number, count: number, breadth: number, wanted: number, patience: number, out: number): number;
  skim(scratch: number, count: number, nodes: number, dead: number, alike: number, looked: number, out: number): number;
  link(scratch: number, node: number, vector: number, breadth: number): void;
  unlink(scratch: number, node: number, breadth: number, nodes: number): void;
  enterAtTheTop(nodes: number): void;
  pack(node: number, out: number): number;
  unpack(node: number, packed: number, names: number, count: number): number;
  unpackFlat(cursor: number, end: number, names: number, count: number): number;
}

const module = new WebAssembly.Module(Buffer.from(GRAPH_KERNELS, 'base64'));

/** A space for the kernels of assembly/graph.ts. */
export class GraphSpace extends Space<GraphKernels> {
  constructor() {
    super(module, true);
  }
}

/** The kernels for a graph of another thread. */
export const graphKernels = (memory: WebAssembly.Memory): GraphKernels => kernelsOn(module, memory) as GraphKernels;
