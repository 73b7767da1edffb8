import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { GlimpseClient, IdentifyResponse, StreamConfig } from '../client/index.js';
import { annotate } from './annotate.js';
import { writeEvidence } from './evidence.js';
import { type ExitCode, UsageError } from './exit.js';
import { answerJson, answerText } from './identify-text.js';
import { openSource, type Shot, type Source } from './identify-source.js';
import { clockOf, lookAt, rateOf, untilInterrupted } from './look.js';
import type { Output } from './output.js';
import { startProgress } from './progress.js';
import { allOrPartly, type Invocation, remoteVerb, type RemoteOptions, type Session } from './verb.js';

const HELP = `
Examples:
  glimpse identify party.jpg
  glimpse identify holiday/ --annotate out/        also write the pictures with boxes and names drawn in
  glimpse identify party.jpg --evidence why/       why: heat maps, and how alike each region is
  glimpse identify visit.mp4 --fps 5 --json        a video, through ffmpeg; one JSON line a frame
  glimpse identify visit.mp4 --track               follow each person through the video; a number each, named by all that was seen of them
  glimpse identify rtsp://camera/stream            a camera, until Ctrl-C; frames that come too fast are left out

Exit code 0 when every picture could be looked at (whether or not anybody was known), 3 when some, 1 when none.`;

interface Options extends RemoteOptions {
  readonly topK?: number;
  readonly threshold?: number;
  readonly minFaceSize?: number;
  readonly maxFaces?: number;
  readonly fps?: number;
  readonly camera?: string;
  readonly visits?: true;
  readonly live?: true;
  readonly track?: true;
  readonly patience?: number;
  readonly annotate?: string;
  readonly evidence?: string;
}

export function addIdentify(root: Command, session: Session): void {
  const command = root
    .command('identify')
    .description('say who is in pictures, in a video or before a camera')
    .argument('<source...>', 'pictures or folders, or one video file or camera address')
    .option('--top-k <count>', 'matches that are listed for a face (with --json)', toNumber)
    .option('--threshold <similarity>', 'similarity for KNOWN, -1 to 1; default: the network’s own', toNumber)
    .option('--min-face-size <pixels>', 'smallest face that is looked at', toNumber)
    .option('--max-faces <count>', 'most faces of a picture, largest first', toNumber)
    .option('--fps <rate>', 'of a video, look at this many frames a second', toNumber)
    .option('--live', 'leave out frames that come faster than they can be looked at; cameras (rtsp://) are live anyway')
    .option('--track', 'follow faces from frame to frame: each person has a number, and is named by all frames together; videos and pictures count as 10 frames a second unless --fps says otherwise')
    .option('--patience <seconds>', 'with --track: for how long a face may be out of sight and keep its number; default: 5', toNumber)
    .option('--annotate <folder>', 'write pictures with boxes, names and decisions drawn in')
    .option('--evidence <folder>', 'write, for each picture, why: what the network saw, where it looked, how alike each region is; and a .match file a face, for glimpse gallery confirm and reject')
    .option('--camera <id>', 'what the camera is called in events')
    .option('--visits', 'tell who comes and who leaves: see glimpse watch')
    .addHelpText('after', HELP);
  remoteVerb<Options>(session, command, identify);
}

async function identify(client: GlimpseClient, { args, options, out }: Invocation<Options>): Promise<ExitCode> {
  if (options.patience !== undefined && options.track !== true) throw new UsageError('--patience is about followed faces', 'add --track');
  const fps = rateOf(options, args);
  const opened = await openSource(args, fps);
  const source = { ...opened, live: opened.live || options.live === true };
  for (const folder of [options.annotate, options.evidence]) if (folder !== undefined) await mkdir(folder, { recursive: true });
  const progress = startProgress('looking', source.total, out.json);
  const count = { answered: 0, skipped: 0 };
  await untilInterrupted(async (signal) => {
    for await (const { shot, answer } of lookAt(client, { source, config: configOf(options, source), signal, at: clockOf(source, fps) })) {
      count.answered += 1;
      // What a live stream leaves out is its policy at work, no failure.
      if (answer.skipped && !(source.live && answer.skipped.reason !== 'UNDECODABLE')) count.skipped += 1;
      await progress.aside(() => tell(shot, answer, options, out));
      progress.step();
    }
  }).finally(() => progress.stop());
  return allOrPartly(count.skipped, count.answered - count.skipped);
}

function configOf({ camera = 'glimpse identify', visits, collection, evidence, track, patience, topK = 0, threshold, minFaceSize = 0, maxFaces = 0 }: Options, { live }: Source): StreamConfig {
  const framePolicy = live ? 'LATEST' : 'ALL';
  const names = collection.split(',');
  const where = names.length > 1 ? { collections: names } : { collection };
  const tracking = track && { tracking: patience === undefined ? {} : { patienceSeconds: patience } };
  return { cameraId: camera, ...(visits && { visits: {} }), ...where, topK, minFaceSize, maxFaces, framePolicy, wantEvidence: evidence !== undefined, ...(threshold !== undefined && { threshold }), ...tracking };
}

async function tell(shot: Shot, answer: IdentifyResponse, options: Options, out: Output): Promise<void> {
  if (options.annotate !== undefined && answer.result) {
    await writeFile(join(options.annotate, `${shot.stem}.jpg`), await annotate(shot.encoded, answer.result.faces));
  }
  if (options.evidence !== undefined) await writeEvidence(options.evidence, shot.stem, answer.result?.faces ?? []);
  await out.result(answerJson(shot.name, answer), () => answerText(shot.name, answer));
}

export function toNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It has to be a number.');
  return value;
}
