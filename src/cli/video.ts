import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { splitJpegs } from './split-jpegs.js';

const VIDEOS = new Set(['.mp4', '.mov', '.mkv', '.avi', '.webm', '.m4v', '.ts', '.mpg', '.mpeg', '.mjpeg', '.wmv', '.flv']);
const CAMERA = /^(rtsps?|rtmp|udp|tcp):\/\//;
const ADDRESS = /^https?:\/\//;

export const isCamera = (source: string): boolean => CAMERA.test(source);
export const isVideo = (source: string): boolean => isCamera(source) || ADDRESS.test(source) || VIDEOS.has(extname(source).toLowerCase());

/**
 * The frames of a video file or of a camera's address, as JPEG files, decoded by ffmpeg as fast as they are taken.
 * Throws when ffmpeg is not installed or fails; leaving the loop ends ffmpeg.
 */
export async function* videoFrames(source: string, framesPerSecond?: number): AsyncGenerator<Buffer, void, undefined> {
  const transport = /^rtsps?:/.test(source) ? ['-rtsp_transport', 'tcp'] : [];
  const rate = framesPerSecond === undefined ? [] : ['-vf', `fps=${framesPerSecond}`];
  const args = ['-nostdin', '-loglevel', 'error', ...transport, '-i', source, '-an', ...rate, '-f', 'image2pipe', '-c:v', 'mjpeg', '-q:v', '3', '-'];
  const ffmpeg = spawn('ffmpeg', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(ffmpeg, 'close') as Promise<[number | null]>;
  ended.catch(() => undefined); // awaited below, unless the loop is left before
  let complaint = '';
  ffmpeg.stderr.on('data', (text: Buffer) => (complaint = (complaint + text.toString()).slice(-2000)));
  try {
    yield* splitJpegs(ffmpeg.stdout);
    const [code] = await ended.catch((error: unknown) => Promise.reject(notStarted(error)));
    if (code !== 0) throw new Error(`ffmpeg could not read ${source}: ${complaint.trim() || `it ended with code ${code ?? '?'}`}`);
  } finally {
    ffmpeg.kill();
  }
}

function notStarted(error: unknown): Error {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return error as Error;
  return new Error('video needs ffmpeg, which is not installed; install it (apt install ffmpeg, brew install ffmpeg), or give pictures');
}
