/**
 * Answers each request, several at a time, in the order of the requests. At most `limit` answers are owed: a request is read only
 * when fewer are, and an answer is owed until the consumer has taken it and asked for the next, so that a client that does not read
 * its answers is not read from either. When the requests fail, what was accepted before is answered first, then the failure thrown.
 */
export async function* inOrder<Q, A>(requests: AsyncIterable<Q>, limit: number, answer: (request: Q) => Promise<A>): AsyncGenerator<A, void, undefined> {
  const owed: Promise<A>[] = [];
  const changed = new Bell();
  const at = { end: false, left: false };
  const left = (): boolean => at.left;

  const read = async (): Promise<void> => {
    for await (const request of requests) {
      if (left()) return;
      const promise = answer(request);
      promise.catch(() => undefined); // It is looked at when its turn comes; until then nobody else does.
      owed.push(promise);
      changed.ring();
      while (owed.length >= limit && !left()) await changed.wait();
    }
  };
  const reading = read().finally(() => {
    at.end = true;
    changed.ring();
  });
  reading.catch(() => undefined); // Likewise.

  try {
    for (;;) {
      const next = owed[0];
      if (next !== undefined) {
        yield await next;
        void owed.shift();
        changed.ring();
      } else if (at.end) {
        await reading;
        return;
      } else {
        await changed.wait();
      }
    }
  } finally {
    at.left = true;
    changed.ring();
  }
}

/** Wakes everybody who waits. */
class Bell {
  #wake: () => void = () => undefined;
  #rung = this.#next();

  wait(): Promise<void> {
    return this.#rung;
  }

  ring(): void {
    const wake = this.#wake;
    this.#rung = this.#next();
    wake();
  }

  #next(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }
}
