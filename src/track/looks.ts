import { cosine } from '../cosine.js';
import { Fusion, type PartialView } from './fusion.js';

/** A face as one frame shows it to the embedder. */
export interface View extends PartialView {
  /** 0 to 1: the share of the face that can be seen. */
  readonly visibility: number;
}

/** What a track's face looks like, added up over its frames. */
export class Looks {
  private readonly fusion: Fusion;
  /** Of the frame that showed most of it, 0 to 1. */
  visibility = 0;

  constructor(view: View) {
    const maps = view.importance.length;
    this.fusion = new Fusion(maps, view.parts.length / maps);
    this.add(view);
  }

  add(view: View): void {
    this.fusion.add(view);
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

  /** Cosine with what it has looked like all along. Not with the last frame alone: of two half-hidden faces the thing before them is alike. */
  alike({ embedding }: View): number {
    return cosine(this.template, embedding);
  }

  /** How much of the face both a view and these show, 0 to 1: the more, the better its looks tell people apart. */
  shared({ visibility }: View): number {
    return Math.min(visibility, this.visibility);
  }
}
