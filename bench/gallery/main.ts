/** `npm run bench:gallery`: what the gallery promises, measured. */
import { machine, machineText } from '../support/machine.js';
import { asked, fail, whole } from '../support/options.js';
import { runTrial } from '../support/trial.js';

/** Faces or runs of each part, as the goals name them. */
const PARTS = {
  recall: { faces: 100_000, runs: 1 },
  churn: { faces: 100_000, runs: 1 },
  million: { faces: 1_000_000, runs: 1 },
  operations: { faces: 0, runs: 100_000 },
  kills: { faces: 0, runs: 1_000 },
  flips: { faces: 0, runs: 1_000 },
  erase: { faces: 5_000, runs: 1 },
  import: { faces: 0, runs: 1 },
  resume: { faces: 100_000, runs: 1 },
  spread: { faces: 4_000, runs: 1 },
  grouping: { faces: 4_000, runs: 1 },
} as const;
type Name = keyof typeof PARTS;

const HOURS = 12 * 3_600_000;

const USAGE = `bench:gallery [--only NAME] [--runs N] [--faces N] [--million] [--dir DIR] [--data DIR] [--json]
Each part in a process of its own, one after the other: ${Object.keys(PARTS).join(', ')}.
--only picks one, --runs and --faces size it. --million adds a million faces (15 minutes), --data DIR with lfw.* and lfw-pairs.tsv the last two.
--dir names a folder on the disk to measure; in another's place a temporary one is taken.`;
const values = asked(USAGE, {
  json: { type: 'boolean', default: false },
  only: { type: 'string' },
  runs: { type: 'string' },
  faces: { type: 'string' },
  million: { type: 'boolean', default: false },
  dir: { type: 'string' },
  data: { type: 'string' },
});

const names = (Object.keys(PARTS) as Name[]).filter((name) => (values.only === undefined ? isAsked(name) : name === values.only));
if (names.length === 0) fail(`--only has to be one of ${Object.keys(PARTS).join(', ')}`);
const given = (flag: 'faces' | 'runs', usual: number): number => whole(`--${flag}`, values[flag] ?? String(usual), 0);

const host = machine();
process.stdout.write(`${machineText(host)}\n`);
const found: object[] = [];
for (const name of names) {
  const options = { name, faces: given('faces', PARTS[name].faces), runs: given('runs', PARTS[name].runs), ...(values.dir !== undefined && { dir: values.dir }), ...(values.data !== undefined && { data: values.data }) };
  const onNote = progress(name);
  const output = await runTrial<object>(new URL('./worker.js', import.meta.url), options, { timeoutMs: HOURS, onNote });
  if (process.stderr.isTTY) process.stderr.write('\r\u001B[K');
  process.stdout.write(`${name} ${JSON.stringify(rounded({ ...options, ...output }), undefined, 1).replaceAll(/\s*\n\s*/g, ' ')}\n`);
  found.push(output);
}
if (values.json) process.stdout.write(`${JSON.stringify({ ...rounded(Object.assign({}, ...found) as object), machine: host })}\n`);

function isAsked(name: Name): boolean {
  return name === 'million' ? values.million : !['spread', 'grouping'].includes(name) || values.data !== undefined;
}

/** On a terminal a line that is written over; elsewhere a line now and then, and when something else begins. */
function progress(name: string): (text: string) => void {
  let [last, stage] = [0, ''];
  return (text) => {
    const now = text.replaceAll(/[\d█░]+/g, '');
    if (now === stage && performance.now() - last < (process.stderr.isTTY ? 100 : 30_000)) return;
    [last, stage] = [performance.now(), now];
    process.stderr.write(process.stderr.isTTY ? `\r\u001B[K${name}: ${text}` : `${name}: ${text}\n`);
  };
}

/** Four significant digits, for whatever is measured; whole numbers as they are. */
function rounded(figures: object): object {
  return JSON.parse(JSON.stringify(figures), (_, value: unknown) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toFixed(Math.abs(value) < 10 ? 4 : 1)) : value) as object;
}
