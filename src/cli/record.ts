import { type FileHandle, open } from 'node:fs/promises';
import type { Command } from 'commander';
import type { GlimpseClient, IdentifyResponse, StreamConfig } from '../client/index.js';
import { endOf, LineWriter } from '../recording/file.js';
import { EXIT, type ExitCode, UsageError } from './exit.js';
import { openSource, type Shot, type Source } from './identify-source.js';
import { toNumber } from './identify.js';
import { clockOf, lookAt, rateOf, untilInterrupted } from './look.js';
import { startProgress } from './progress.js';
import { plural } from './table.js';
import { type Invocation, remoteVerb, type RemoteOptions, type Session } from './verb.js';

const HELP = `
Keeps, for each frame that was looked at: when, the hash of the picture, every face with its landmarks, quality and embedding, and what the gallery
answered; and once the hashes of the networks, of what the gallery held, and the settings. No pictures unless --pictures. A recording is
face data and names: keep it as you keep the gallery. It needs a token of the role admin.

Examples:
  glimpse record --out visit.glimpse visit.mp4 --fps 5
  glimpse record --out gate.glimpse rtsp://camera/stream     until Ctrl-C
  glimpse replay visit.glimpse`;

interface Options extends RemoteOptions {
  readonly out: string;
  readonly pictures?: true;
  readonly topK?: number;
  readonly threshold?: number;
  readonly minFaceSize?: number;
  readonly fps?: number;
  readonly camera?: string;
  readonly visits?: true;
  readonly track?: true;
}

export function addRecord(root: Command, session: Session): void {
  const command = root
    .command('record')
    .description('keep what was seen in pictures, in a video or before a camera, to be decided on again by replay')
    .argument('<source...>', 'pictures or folders, or one video file or camera address')
    .requiredOption('--out <file>', 'the recording; it must not exist')
    .option('--pictures', 'keep the pictures too')
    .option('--top-k <count>', 'matches that are listed for a face', toNumber)
    .option('--threshold <similarity>', 'similarity for KNOWN, -1 to 1; default: the network’s own', toNumber)
    .option('--min-face-size <pixels>', 'smallest face that is looked at', toNumber)
    .option('--fps <rate>', 'of a video, look at this many frames a second', toNumber)
    .option('--camera <id>', 'what the camera is called in events')
    .option('--visits', 'tell who comes and who leaves: see glimpse watch')
    .option('--track', 'follow faces from frame to frame')
    .addHelpText('after', HELP);
  remoteVerb<Options>(session, command, record);
}

async function record(client: GlimpseClient, { args, options, out }: Invocation<Options>): Promise<ExitCode> {
  const fps = rateOf(options, args);
  const source = await openSource(args, fps);
  const file = await open(options.out, 'wx', 0o600).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw new UsageError(`${options.out} exists`, 'give another name; a recording never takes the place of another');
    throw error;
  });
  const progress = startProgress('recording', source.total, out.json);
  const recorder = new Recorder(file, options.pictures === true);
  try {
    await untilInterrupted(async (signal) => {
      for await (const { shot, answer } of lookAt(client, { source, config: configOf(options, source), signal, at: clockOf(source, fps) })) {
        await recorder.add(shot, answer);
        progress.step();
      }
    });
    await recorder.end();
  } finally {
    progress.stop();
    await file.close();
  }
  const { frames, missed } = recorder;
  await out.result({ file: options.out, frames, missed }, () => `${options.out}: ${plural(frames, 'frame')}${missed > 0 ? `, ${missed} not looked at` : ''}`);
  return frames > 0 ? EXIT.ok : EXIT.failed;
}

function configOf({ camera = 'glimpse record', visits, collection, track, topK = 0, threshold, minFaceSize = 0 }: Options, { live }: Source): StreamConfig {
  const framePolicy = live ? 'LATEST' : 'ALL';
  return { cameraId: camera, ...(visits && { visits: {} }), collection, topK, minFaceSize, framePolicy, wantRecording: true, ...(track && { tracking: {} }), ...(threshold !== undefined && { threshold }) };
}

class Recorder {
  frames = 0;
  missed = 0;
  readonly #lines = new LineWriter();

  constructor(
    private readonly file: FileHandle,
    private readonly pictures: boolean,
  ) {}

  async add({ encoded }: Shot, { recording }: IdentifyResponse): Promise<void> {
    const { header, frame } = recording ?? { header: Buffer.alloc(0), frame: Buffer.alloc(0) };
    if (header.length > 0) await this.#write(header.toString());
    if (frame.length === 0) {
      this.missed += 1;
      return;
    }
    this.frames += 1;
    const json = frame.toString();
    await this.#write(this.pictures ? `${json.slice(0, -1)},"image":"${encoded.toString('base64')}"}` : json);
  }

  async end(): Promise<void> {
    await this.#write(endOf(this.frames));
    await this.file.sync();
  }

  async #write(json: string): Promise<void> {
    await this.file.write(this.#lines.line(json));
  }
}
