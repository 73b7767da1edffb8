/** A place in the order; `come` resolves when all before it are done. */
export interface Turn {
  readonly come: Promise<unknown>;
  readonly done: () => void;
}

/** Lets those who came in one order go on in that order, however long each was on its way. Every turn has to be done, come or not. */
export class Turns {
  #before: Promise<unknown> = Promise.resolve();

  take(): Turn {
    const come = this.#before;
    let done: () => void = () => undefined;
    const own = new Promise<void>((resolve) => (done = resolve));
    this.#before = Promise.all([come, own]);
    return { come, done };
  }
}
