/** The port to a neural network. One adapter a runtime stands behind it; everything else knows only this file. */

export interface Tensor {
  readonly data: Float32Array;
  /** Outermost dimension first; the product is `data.length`. */
  readonly shape: readonly number[];
}

export interface Network {
  /**
   * One pass. Only the named outputs are computed and returned, in the order asked for. The input's memory is read until the
   * promise settles and belongs to the caller again afterwards; outputs belong to the caller.
   */
  run(input: Tensor, outputs: readonly string[]): Promise<Tensor[]>;
  close(): Promise<void>;
}
