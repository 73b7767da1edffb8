import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { UsageError } from './exit.js';
import { expand } from './pictures.js';
import { isCamera, isVideo, videoFrames } from './video.js';

/** One picture to look at. */
export interface Shot {
  /** What results are told under: the file, or the video and the frame's number. */
  readonly name: string;
  /** File name for an annotated copy, without extension. */
  readonly stem: string;
  readonly encoded: Buffer;
}

export interface Source {
  readonly shots: AsyncIterable<Shot>;
  /** 0: not known beforehand. */
  readonly total: number;
  /** A camera: what is late is out of date. */
  readonly live: boolean;
}

export async function openSource(paths: readonly string[], framesPerSecond?: number): Promise<Source> {
  const [video] = paths.filter(isVideo);
  if (video === undefined) {
    const files = await expand(paths);
    return { shots: filesOf(files), total: files.length, live: false };
  }
  if (paths.length > 1) throw new UsageError('a video is looked at by itself', 'give one video or address, or any number of pictures');
  return { shots: framesOf(video, framesPerSecond), total: 0, live: isCamera(video) };
}

async function* filesOf(files: readonly string[]): AsyncGenerator<Shot> {
  const taken = new Map<string, number>();
  for (const file of files) {
    const name = basename(file, extname(file));
    const times = (taken.get(name) ?? 0) + 1; // a/1.jpg and b/1.jpg
    taken.set(name, times);
    yield { name: file, stem: times === 1 ? name : `${name}-${times}`, encoded: await readFile(file) };
  }
}

async function* framesOf(video: string, framesPerSecond: number | undefined): AsyncGenerator<Shot> {
  let number = 0;
  for await (const encoded of videoFrames(video, framesPerSecond)) {
    number += 1;
    yield { name: `${video}#${number}`, stem: `frame-${String(number).padStart(6, '0')}`, encoded };
  }
}
