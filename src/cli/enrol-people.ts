import { CallError, type FaceSelector, type GlimpseClient } from '../client/index.js';
import { consentFrom, type ConsentOptions } from './consent.js';
import { enrolPerson, type PersonOutcome, type PictureOutcome } from './enrol-person.js';
import { describeFailure, EXIT, type ExitCode, UsageError } from './exit.js';
import type { Output } from './output.js';
import type { Person } from './people.js';
import { startProgress } from './progress.js';
import { plural } from './table.js';
import { allOrPartly } from './verb.js';

export interface EnrolOptions extends ConsentOptions {
  readonly collection: string;
  readonly which?: string;
  readonly allowLookalike?: true;
}

/** Enrols one after the other, tells of each as it is done, and sums up. A person that is refused does not stop the others. */
export async function enrolPeople(client: GlimpseClient, people: readonly Person[], options: EnrolOptions, out: Output): Promise<ExitCode> {
  const which = faceSelector(options.which ?? 'largest');
  const total = people.reduce((sum, { pictures }) => sum + pictures.length, 0);
  const progress = startProgress('enrolling', total, out.json);
  const consent = consentFrom(options);
  const how = { consent, collection: options.collection, which, allowLookalike: options.allowLookalike === true, step: () => progress.step() };
  let kept = 0;
  try {
    for (const person of people) {
      const outcome = await enrolPerson(client, person, how).catch((error: unknown) => refusedPerson(person, error, people.length));
      kept += outcome.pictures.filter((picture) => picture.kept).length;
      await progress.aside(() => out.result(outcome, () => personText(outcome)));
    }
  } finally {
    progress.stop();
  }
  if (people.length > 1) out.note(`${kept} of ${plural(total, 'picture')} kept, ${plural(people.length, 'person', 'people')}`);
  return allOrPartly(total - kept, kept);
}

/** Of several people one may be refused (an external id that is taken, say); a server that is gone or says no ends it all. */
function refusedPerson(person: Person, error: unknown, people: number): PersonOutcome {
  const failure = describeFailure(error);
  if (!(error instanceof CallError) || people === 1 || failure.exit !== EXIT.failed) throw error;
  const rejected = { reason: failure.reason, message: failure.message, measured: 0, limit: 0 };
  return { name: person.name, id: '', created: false, pictures: person.pictures.map((file) => ({ file, rejected })) };
}

function faceSelector(text: string): FaceSelector {
  if (text === 'largest' || text === 'only') return { rule: text === 'largest' ? 'LARGEST' : 'ONLY' };
  const [x, y, width, height, ...more] = text.split(',').map(Number);
  if (x === undefined || y === undefined || width === undefined || height === undefined || more.length > 0 || [x, y, width, height].some(Number.isNaN)) {
    throw new UsageError(`--which ${JSON.stringify(text)} is not a way to choose a face`, 'largest, only, or a box in pixels: x,y,width,height');
  }
  return { box: { x, y, width, height } };
}

function personText({ name, id, created, pictures }: PersonOutcome): string {
  const kept = pictures.filter((picture) => picture.kept).length;
  const what = id === '' ? 'not enrolled' : `${created ? 'enrolled' : 'added to'} ${id}`;
  const head = `${name}: ${what}, ${kept} of ${plural(pictures.length, 'picture')} kept`;
  return [head, ...pictures.map((picture) => `  ${pictureText(picture)}`)].join('\n');
}

function pictureText({ file, kept, rejected }: PictureOutcome): string {
  if (kept) return `kept     ${file}  quality ${kept.quality.toFixed(2)}`;
  if (!rejected) return file;
  const { reason, message, measured, limit, looksLike } = rejected;
  const figures = measured === 0 && limit === 0 ? '' : ` (measured ${figure(measured)}, limit ${figure(limit)})`;
  return `refused  ${file}  ${reason}: ${message}${figures}${looksLike === undefined ? '' : `, like ${looksLike}`}`;
}

const figure = (value: number): string => String(Number(value.toFixed(3)));
