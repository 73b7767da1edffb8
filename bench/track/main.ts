/** `npm run bench:track`: how well faces are followed, what it costs, and whether it leaks. */
import { generator } from '../support/generator.js';
import { machine, machineText } from '../support/machine.js';
import { asked, number, whole } from '../support/options.js';
import { table } from '../support/table.js';
import { cast } from './cast.js';
import { costOf30, longRun } from './cost.js';
import { kept } from './keep.js';
import { type Score, scoreClip } from './score.js';
import { writeScript } from './script.js';
import { watchClip } from './watch.js';

const USAGE = `bench:track [--data DIR] [--people 5,12,30] [--fps 5,10,25] [--seconds N] [--hours N] [--seed N] [--keep DIR] [--json]
Clips of people who cross, come, go and are hidden for up to 2 s, with the heads of the demo's photographs or, with --data, of lfw.bin.
--hours 0 leaves out the long run, --people 0 the clips. --keep keeps what vision saw, and takes it from there the next time.`;

interface Options {
  readonly data: string | undefined;
  readonly people: readonly number[];
  readonly rates: readonly number[];
  readonly seconds: number;
  readonly hours: number;
  readonly seed: number;
  readonly keep: string | undefined;
  readonly json: boolean;
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

await main(readOptions());

async function main(options: Options): Promise<void> {
  const { hours, seed, json } = options;
  const before = machineText(machine());
  const scores = await clips(options);
  const cost = await costOf30(generator(seed));
  const long = hours > 0 ? await longRun(hours, generator(seed), (hour) => say(`hour ${hour} of ${hours}`)) : undefined;
  const figures = {
    ...rated(scores),
    byPeople: options.people.map((people) => ({ people, ...rated(scores.filter((clip) => clip.people === people)) })),
    msPerFrame30Faces: cost.median,
    msPerFrame30FacesP95: cost.p95,
    cpuMsPerFrame30Faces: cost.cpu,
    ...(long && { hours: long.hours, mibByHour: long.mib.map((value) => Number(value.toFixed(2))), kibAnHour: long.kibAnHour }),
  };
  process.stdout.write(`${before}\n\n`);
  const rows = scores.map(({ people, fps, score }) => [`${people} people, ${fps} fps`, score.visits, score.switches, score.early, score.once, score.strays, score.late, ((100 * score.found) / score.faces).toFixed(1)]);
  if (rows.length > 0) process.stdout.write(`${table(['clip', 'visits', 'switches', 'with tentative', 'told once', 'strays', 'hidden too long', 'found %'], rows)}\n\n`);
  process.stdout.write(`Following 30 faces: ${cost.median.toFixed(2)} ms a frame (95th percentile ${cost.p95.toFixed(2)}), of the processor ${cost.cpu.toFixed(2)} ms\n`);
  if (long) process.stdout.write(`${long.hours} hours, ${long.frames} frames, ${long.events} events: ${long.kibAnHour.toFixed(1)} KiB more an hour\n`);
  if (json) process.stdout.write(`${JSON.stringify(figures)}\n`);
}

function rated(clips: readonly { readonly score: Score }[]): { idSwitchRate: number; oneVisitOneEventRate: number; visits: number } {
  const sum = (key: keyof Score): number => clips.reduce((total, { score }) => total + score[key], 0);
  return { idSwitchRate: sum('switches') / sum('visits'), oneVisitOneEventRate: sum('once') / (sum('visits') + sum('strays')), visits: sum('visits') };
}

async function clips({ data, people, rates, seconds, seed, keep }: Options): Promise<{ people: number; fps: number; score: Score }[]> {
  const found: { people: number; fps: number; score: Score }[] = [];
  if (people.length === 0) return found;
  const actors = await cast(data, 120);
  for (const count of people) {
    const next = generator(seed + count);
    const walks = writeScript({ people: count, seconds, actors: actors.length, next });
    const onFrame = (done: number, total: number): void => (done % 40 === 0 ? say(`${count} people: ${done} of ${total} frames`) : undefined);
    const name = `${data === undefined ? 'photographs' : 'lfw'}-${count}-${seconds}-${rates.join('-')}-${seed}`;
    const watched = await kept(keep, name, () => watchClip(walks, actors, { seconds, rates, next, onFrame }));
    for (const fps of rates) found.push({ people: count, fps, score: await scoreClip(watched, fps, seconds) });
  }
  return found;
}

function readOptions(): Options {
  const values = asked(USAGE, {
    data: { type: 'string' },
    people: { type: 'string', default: '5,12,30' },
    fps: { type: 'string', default: '5,10,25' },
    seconds: { type: 'string', default: '20' },
    hours: { type: 'string', default: '24' },
    seed: { type: 'string', default: '1' },
    keep: { type: 'string' },
    json: { type: 'boolean', default: false },
  });
  const list = (text: string): number[] => text.split(',').map(Number).filter((value) => value > 0);
  return { data: values.data, people: list(values.people), rates: list(values.fps), seconds: number('--seconds', values.seconds, 1), hours: number('--hours', values.hours, 0), seed: whole('--seed', values.seed, 0), keep: values.keep, json: values.json };
}
