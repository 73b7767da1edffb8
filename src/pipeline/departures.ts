import { GlimpseError } from '../errors.js';

/** Pictures of the past whose callers left, that are remembered: one may have left between two questions about it. */
const REMEMBERED = 1024;

/** Who has left, by the number of his picture. A picture is asked about once at a time. */
export class Departures {
  private readonly watched = new Map<number, AbortController>();
  private readonly gone = new Set<number>();

  /** A signal that aborts when the picture's caller leaves, or has left. */
  watch(picture: number): { readonly signal: AbortSignal; readonly done: () => void } {
    const controller = new AbortController();
    if (this.gone.has(picture)) controller.abort(left());
    this.watched.set(picture, controller);
    return { signal: controller.signal, done: () => this.watched.delete(picture) };
  }

  leave(picture: number): void {
    this.watched.get(picture)?.abort(left());
    this.gone.add(picture);
    const [oldest] = this.gone;
    if (this.gone.size > REMEMBERED && oldest !== undefined) this.gone.delete(oldest);
  }
}

const left = (): GlimpseError =>
  new GlimpseError('cancelled', 'the caller left before the picture was looked at', { reason: 'CANCELLED', cure: 'none is needed' });
