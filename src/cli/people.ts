import { readFile, readdir } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import { parse } from 'csv-parse/sync';
import { UsageError } from './exit.js';
import { expand, isFolder, isPicture, picturesIn } from './pictures.js';

/** Somebody to enrol: a new identity, or further pictures of a known one. */
export interface Person {
  readonly name: string;
  readonly externalId: string;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Set: a known identity, and all of the above stays as it is. */
  readonly identityId: string;
  readonly pictures: readonly string[];
}

const NOBODY: Omit<Person, 'pictures'> = { name: '', externalId: '', tags: [], metadata: {}, identityId: '' };

/** Whom a command line means: one person by name or id, the sub-folders of a folder, or the rows of a table. */
export async function peopleFrom(paths: readonly string[], who: Omit<Person, 'pictures'>): Promise<Person[]> {
  const one = who.name !== '' || who.identityId !== '';
  const [first = ''] = paths;
  if (one) return [{ ...who, pictures: await expand(paths) }];
  if (who.externalId !== '') throw new UsageError('--external-id is for one person, and --name is missing', 'give --name, or a table with external ids');
  if (paths.length === 1 && extname(first).toLowerCase() === '.csv') return withTags(await peopleInTable(first), who);
  if (paths.length === 1 && (await isFolder(first))) return withTags(await peopleInFolder(first), who);
  throw new UsageError('whose pictures are these?', 'give --name, a folder with a sub-folder for each person, or a CSV table');
}

const withTags = (people: readonly Person[], { tags, metadata }: Omit<Person, 'pictures'>): Person[] =>
  people.map((person) => ({ ...person, tags: [...new Set([...person.tags, ...tags])], metadata }));

async function peopleInFolder(folder: string): Promise<Person[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).filter(({ name }) => !name.startsWith('.'));
  const loose = entries.find((entry) => entry.isFile() && isPicture(entry.name));
  if (loose !== undefined) throw new UsageError(`${join(folder, loose.name)} is in nobody’s sub-folder`, 'give --name if all of these are one person, or make a sub-folder for each');
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name).sort();
  const people = await Promise.all(names.map(async (name) => ({ ...NOBODY, name, pictures: await picturesIn(join(folder, name)) })));
  const found = people.filter(({ pictures }) => pictures.length > 0);
  if (found.length === 0) throw new UsageError(`${folder} has no sub-folders with pictures`, 'make one for each person, named like the person');
  return found;
}

/**
 * A table with a head: `file,name,external_id,tags`. Files are relative to the table (or to `images`); tags are parted
 * by `;`. Rows with one external id, or with one name and none, are one person.
 */
export async function peopleInTable(table: string, images = dirname(table)): Promise<Person[]> {
  const people = new Map<string, Person & { pictures: string[] }>();
  for (const { file, name, external_id: externalId = '', tags = '' } of await readRows(table)) {
    const key = externalId === '' ? `name ${name}` : `id ${externalId}`;
    const person = people.get(key) ?? { ...NOBODY, name, externalId, tags: [], pictures: [] };
    person.pictures.push(resolve(images, file));
    people.set(key, { ...person, tags: [...new Set([...person.tags, ...tags.split(';').map((tag) => tag.trim())])].filter((tag) => tag !== '') });
  }
  return [...people.values()];
}

interface Row {
  readonly file: string;
  readonly name: string;
  readonly external_id?: string;
  readonly tags?: string;
}

async function readRows(table: string): Promise<Row[]> {
  const cure = 'the first line is: file,name,external_id,tags (the last two may be left out)';
  const text = await readFile(table, 'utf8').catch((error: unknown) => {
    throw new UsageError(`cannot read ${table}: ${(error as Error).message}`, 'give a CSV file');
  });
  let rows: Record<string, string>[];
  try {
    rows = parse(text, { columns: true, bom: true, trim: true, skip_empty_lines: true });
  } catch (error) {
    throw new UsageError(`${table}: ${(error as Error).message}`, cure);
  }
  const unnamed = rows.findIndex((row) => !row.file || !row.name);
  if (rows.length === 0) throw new UsageError(`${table} has no rows`, cure);
  if (unnamed >= 0) throw new UsageError(`${table}: row ${unnamed + 1} has no file or no name`, cure);
  return rows as unknown as Row[];
}
