import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { GlimpseError } from '../errors.js';
import type { RecordedFrame } from '../pipeline/record.js';
import type { Replay, Replayed, ReplaySettings } from '../pipeline/replay.js';
import { fromText } from '../recording/codec.js';
import { type Header, readLines } from '../recording/file.js';
import type { VisitEvent } from '../track/visit.js';
import type { Fingerprint } from '../runtime/fingerprint.js';
import { EXIT, type ExitCode } from './exit.js';
import { settingsOf, withSettings } from './settings.js';
import { type Invocation, type Session, verb } from './verb.js';

const HELP = `
Decides again on what \`glimpse record\` kept, with this version's code, and says what it says, one line a frame. No server, no gallery, no camera: what
vision saw and what the gallery answered are in the recording, and so is the time. So the same recording gives the same lines, byte for byte, however fast.

A recording that was made with other networks, or other thresholds, is refused, and the difference named. With --data-dir it is refused too if the gallery
there does not hold what it held then.

Examples:
  glimpse replay visit.glimpse --json > events.ndjson
  glimpse replay visit.glimpse --speed 1                  as it went
  glimpse replay visit.glimpse --data-dir glimpse-data    only if the gallery is still the same`;

interface Options {
  readonly speed?: number;
  readonly dataDir?: string;
  readonly anyway?: true;
}

export function addReplay(root: Command, session: Session): void {
  const plain = root
    .command('replay')
    .description('decide again on a recording, the same to the byte')
    .argument('<file>', 'what `glimpse record` wrote')
    .option('--speed <times>', 'as fast as it was recorded: 1; twice as fast: 2; default: at once', speedFrom)
    .option('--data-dir <folder>', 'a gallery that has to hold what it held when the recording was made')
    .option('--anyway', 'replay although networks or gallery differ')
    .addHelpText('after', HELP);
  const command = withSettings(plain, ['modelsDir']);
  verb<Options>(session, command, (call) => replayFile(call, settingsOf(command).modelsDir));
}

async function replayFile({ args: [name = ''], options, out }: Invocation<Options>, modelsDir: string): Promise<ExitCode> {
  const [{ startReplay, pacer }, { fingerprint }, { yardstickOf }] =
    await Promise.all([import('../pipeline/replay.js'), import('../runtime/fingerprint.js'), import('../pipeline/yardstick.js')]);
  const here = await fingerprint(modelsDir);
  const pace = pacer(options.speed ?? Infinity, sleep, () => performance.now());
  const file = await open(name).catch((error: unknown) => {
    throw new GlimpseError('notFound', (error as Error).message, { reason: 'NO_RECORDING', cure: 'name a file that `glimpse record` wrote' });
  });
  let replay: Replay | undefined;
  try {
    for await (const json of readLines(file.readLines(), name)) {
      if (replay === undefined) {
        const { header } = fromText(json) as { header: Header };
        out.note(await told(header, { here, options }));
        replay = startReplay(header.settings as ReplaySettings, yardstickOf(here));
        continue;
      }
      const { frame } = fromText(json) as { frame: RecordedFrame };
      await pace(frame);
      const said = await replay.next(frame);
      await out.result(replayedJson(said), () => replayedText(said));
    }
    const events = replay?.end();
    if (events !== undefined) await out.result({ events }, () => ['the end', ...events.map(eventText)].join('\n'));
  } finally {
    await file.close();
  }
  return EXIT.ok;
}

/** What the recording was made with, for people. Throws `precondition` (OTHER_NETWORKS, OTHER_GALLERY) where that is not what is here. */
async function told({ networks, gallery }: Header, { here, options: { dataDir, anyway } }: { readonly here: Fingerprint; readonly options: Options }): Promise<string> {
  const others = (['detector', 'embedder', 'contract'] as const).filter((part) => networks[part] !== here[part]).map((part) => `${part} ${short(networks[part])}, here ${short(here[part])}`);
  if (others.length > 0 && anyway !== true) {
    throw new GlimpseError('precondition', `the recording was made with other networks: ${others.join('; ')}`, {
      field: 'models-dir', reason: 'OTHER_NETWORKS', cure: 'give the --models-dir that it was recorded with, or say --anyway to see what these thresholds make of it',
    });
  }
  const differs = dataDir !== undefined && (await contentsIn(dataDir, gallery.collection)) !== gallery.contents;
  if (differs && anyway !== true) {
    throw new GlimpseError('precondition', `collection ${gallery.collection} does not hold what it held when the recording was made`, {
      field: 'data-dir', reason: 'OTHER_GALLERY', cure: 'restore the backup of that time, or say --anyway: a replay answers from the recording and not from the gallery',
    });
  }
  const remarks = [...others, ...(differs ? ['another gallery'] : [])];
  return `embedder ${short(networks.embedder)}, collection ${gallery.collection} ${short(gallery.contents)}${remarks.length > 0 ? `; differs: ${remarks.join('; ')}` : ''}`;
}

async function contentsIn(dataDir: string, collection: string): Promise<string> {
  const { readContents } = await import('../gallery/contents.js');
  return readContents(dataDir, collection);
}

const short = (hash: string): string => (hash === '' ? 'empty' : `${hash.slice(0, 12)}…`);

/** A frame as it is told to programs. */
function replayedJson({ sequence, capturedAt, ...said }: Replayed): object {
  const at = capturedAt === null ? '' : new Date(capturedAt.seconds * 1000 + capturedAt.nanos / 1e6).toISOString();
  if ('skipped' in said) return { sequence, at, skipped: said.skipped };
  const faces = said.answer.faces.map(({ box, landmarks, score, quality, matches, decision }) => ({ box, landmarks, detectionScore: score, quality, matches, decision }));
  return { sequence, at, faces, ...(said.events && { events: said.events }) };
}

function replayedText({ sequence, ...said }: Replayed): string {
  if ('skipped' in said) return `${sequence}: not looked at: ${said.skipped}`;
  const faces = said.answer.faces.map(({ decision, matches: [best] }) => (decision.kind === 'KNOWN' && best !== undefined ? `${best.name} ${best.similarity.toFixed(2)}` : decision.kind.toLowerCase()));
  return [`${sequence}: ${faces.length === 0 ? 'nobody' : faces.join(', ')}`, ...(said.events ?? []).map(eventText)].join('\n');
}

const eventText = ({ kind, visit, identity, reason }: VisitEvent): string => `  ${kind} visit ${visit}, ${identity?.identityId ?? 'unknown'}: ${reason}`;

function speedFrom(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('It has to be a number above 0.');
  return value;
}
