import { type Command, InvalidArgumentError } from 'commander';
import type { Collection } from '../client/index.js';
import { EXIT } from './exit.js';
import { textPairs, textTable } from './table.js';
import { remoteVerb, type Session } from './verb.js';

const HELP = `
A collection is a gallery of its own within one server: its people, its limits, the network that made its embeddings. Every verb takes
--collection; a token can be for some collections only (glimpse token create --collection). A collection comes into being with its first person too, without limits.

Examples:
  glimpse collection set visitors --most-identities 500 --most-faces 5000
  glimpse collection list
  glimpse identify --collection staff,visitors door.jpg`;

interface Limits {
  readonly mostIdentities?: number;
  readonly mostFaces?: number;
}

export function addCollection(root: Command, session: Session): void {
  const collection = root.command('collection').description('several galleries in one server: list, limit, delete').addHelpText('after', HELP);

  remoteVerb<object>(session, collection.command('list').description('list the collections, how full they are, and whether they can be searched'), async (client, { out }) => {
    const { collections } = await client.listCollections();
    await out.result({ collections }, () => textTable(['name', 'identities', 'faces', 'network', 'searchable'], collections.map(row)));
    return EXIT.ok;
  });

  const set = collection
    .command('set')
    .description('make a collection, or set its limits; a limit that is not given is none')
    .argument('<name>', '1 to 64 of a to z, 0 to 9, - and _')
    .option('--most-identities <number>', 'most identities it may hold', count)
    .option('--most-faces <number>', 'most faces it may hold', count);
  remoteVerb<Limits>(session, set, async (client, { args: [name = ''], options: { mostIdentities = 0, mostFaces = 0 }, out }) => {
    const made = await client.setCollection({ name, mostIdentities, mostFaces });
    await out.result(made, () => textPairs(['name', 'identities', 'faces', 'network', 'searchable'].map((head, i) => [head, row(made)[i] ?? ''])));
    return EXIT.ok;
  });

  const drop = collection.command('delete').description('delete a collection in which nobody is').argument('<name>', 'as `glimpse collection list` shows it');
  remoteVerb<object>(session, drop, async (client, { args: [name = ''], out }) => {
    await client.deleteCollection({ name });
    await out.result({ deleted: name }, () => `deleted ${name}`);
    return EXIT.ok;
  });
}

const row = ({ name, identities, faces, mostIdentities, mostFaces, network, searchable }: Collection): string[] =>
  [name, ofMost(identities, mostIdentities), ofMost(faces, mostFaces), `${network.slice(0, 12)}…`, searchable ? 'yes' : 'no: made by another network'];

const ofMost = (count: number, most: number): string => (most === 0 ? String(count) : `${count} of ${most}`);

function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('It has to be a whole number of 1 or more.');
}
