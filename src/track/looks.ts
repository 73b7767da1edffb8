import { cosine } from '../cosine.js';
import { Fusion, type PartialView } from './fusion.js';

/** A face as one frame shows it to the embedder. */
export interface View extends PartialView {
  /** Unit length. */
  readonly embedding: Float32Array;
  /** 0 to 1: the share of the face that can be seen. */
  readonly visibility: number;
}

/** What a track's face looks like: added up over its frames, and in the last of them. */
export class Looks {
  private readonly fusion: Fusion;
  private last: Float32Array;
  /** Of the frame that showed most of it, 0 to 1. */
  visibility = 0;

  constructor(view: View) {
    const maps = view.importance.length;
    this.fusion = new Fusion(maps, view.parts.length / maps);
    this.last = view.embedding;
    this.add(view);
  }

  add(view: View): void {
    this.fusion.add(view);
    this.last = view.embedding;
    this.visibility = Math.max(this.visibility, view.visibility);
  }

  /** Views that were added up. */
  get views(): number {
    return this.fusion.count;
  }

  /** Unit length; the same array until something is added that matters. */
  get template(): Float32Array {
    return this.fusion.template();
  }

  /** Cosine with what it has looked like all along, or a moment ago, whichever is more: a head that turns resembles the latter. */
  alike({ embedding }: View): number {
    return Math.max(cosine(this.template, embedding), cosine(this.last, embedding));
  }

  /** How much of the face both a view and these show, 0 to 1: the more, the better its looks tell people apart. */
  shared({ visibility }: View): number {
    return Math.min(visibility, this.visibility);
  }
}
