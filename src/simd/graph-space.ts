import { GRAPH_KERNELS } from '../generated/graph-kernels.js';
import { Space } from './workspace.js';

/** The functions of assembly/graph.ts, where each is described. Arguments that name a place are byte addresses. */
export interface GraphKernels {
  place(node: number, vector: number): void;
  aim(scratch: number, vector: number): void;
  near(scratch: number, count: number, breadth: number, out: number): number;
  link(scratch: number, node: number, breadth: number): void;
  unlink(scratch: number, node: number, breadth: number, nodes: number): void;
  enterAtTheTop(nodes: number): void;
  pack(node: number, out: number): number;
  unpack(node: number, packed: number, names: number, count: number): number;
}

const module = new WebAssembly.Module(Buffer.from(GRAPH_KERNELS, 'base64'));

/** A space for the kernels of assembly/graph.ts. */
export class GraphSpace extends Space<GraphKernels> {
  constructor() {
    super(module, true);
  }
}
