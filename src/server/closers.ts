interface Closable {
  close(): void | Promise<void>;
}

/** What was opened, to be closed in reverse. One failing to close does not keep the others open. */
export class Closers {
  readonly #opened: Closable[] = [];
  #closed: Promise<void> | undefined;

  add<T extends Closable>(opened: T): T {
    this.#opened.push(opened);
    return opened;
  }

  /** Closes once, however often it is called. Throws the first failure after everything was tried. */
  close(): Promise<void> {
    this.#closed ??= this.#closeAll();
    return this.#closed;
  }

  async #closeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const opened of this.#opened.reverse()) {
      try {
        await opened.close();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
