/** `npm run demo`: people enrolled, then a camera with things in the way, through the real service; a table and a page. */
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { connect } from '../../src/client/index.js';
import { machine, machineText } from '../support/machine.js';
import { asked } from '../support/options.js';
import { ServerProcess } from '../support/server.js';
import { type Enrolled, enrolEverybody } from './enrol.js';
import { type FilmedFrame, shootFilm } from './film.js';
import { pageHtml } from './page.js';
import { writePictures, type ScoredFrame } from './pictures.js';
import { type Played, playFilm } from './play.js';
import { type Figures, figuresOf, figuresText, PROOF } from './report.js';
import { scoreFrame } from './score.js';
import { elsewhere, tally } from './tally.js';

const FRAMES_A_SECOND = 12;
const FRAMES_A_PHOTOGRAPH = 50;

const USAGE = `npm run demo -- [--out FOLDER] [--json]
Enrols the people of six photographs, plays a camera over them with things in the way, and says who was known: a table, and a page with
pictures in FOLDER (demo-output).`;
const options = asked(USAGE, { json: { type: 'boolean', default: false }, out: { type: 'string', default: 'demo-output' } });
const say = (text: string): void => void process.stderr.write(`${text}\n`);

const dataDir = await mkdtemp(join(tmpdir(), 'glimpse-demo-'));
try {
  await demo(resolve(options.out));
} finally {
  await rm(dataDir, { recursive: true, force: true });
}

async function demo(folder: string): Promise<void> {
  say('Shooting a film over the photographs …');
  const film = await shootFilm(FRAMES_A_PHOTOGRAPH);
  const before = machine();
  const { enrolled, played } = await throughTheService(film);
  const scored: ScoredFrame[] = played.answers.flatMap(({ frame, faces }) => (faces ? [{ frame, scored: scoreFrame(frame, faces, enrolled.people) }] : []));
  const faces = scored.flatMap((frame) => frame.scored);
  const people = new Set(enrolled.people.values());
  const figures = figuresOf(people.size, played, { byOcclusion: tally(faces, people), elsewhere: elsewhere(faces, people) });
  await mkdir(folder, { recursive: true });
  const page = join(folder, 'index.html');
  await writeFile(page, pageHtml(figures, await writePictures(folder, scored), machineText(before)));
  tell(figures, enrolled, page);
}

async function throughTheService(film: readonly FilmedFrame[]): Promise<{ enrolled: Enrolled; played: Played }> {
  const server = await ServerProcess.start({ dataDir });
  const client = connect({ address: server.address });
  try {
    const enrolled = await enrolEverybody(client);
    say(`Enrolled ${enrolled.people.size} people. Playing ${film.length} frames at ${FRAMES_A_SECOND} a second …`);
    return { enrolled, played: await playFilm(client, film, FRAMES_A_SECOND) };
  } finally {
    client.close();
    await server.stop();
  }
}

function tell(figures: Figures, { refused }: Enrolled, page: string): void {
  const lines = [...refused.map((line) => `Not enrolled, counted as a stranger: ${line}`), '', figuresText(figures), '', PROOF, '', `Pictures: ${page}`];
  (options.json ? say : (text: string) => void process.stdout.write(`${text}\n`))(lines.join('\n'));
  if (options.json) process.stdout.write(`${JSON.stringify(figures)}\n`);
}
