import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { EXIT, UsageError } from '../exit.js';
import { plural } from '../table.js';
import { remoteVerb, type RemoteOptions, type Session } from '../verb.js';
import { identityJson, isoDate } from './identity.js';

interface Options extends RemoteOptions {
  readonly addFace?: true;
  readonly label?: string;
}

const MATCH = ['<match>', 'a .match file that `glimpse identify --evidence` wrote, or evidence.matchToken of its JSON'] as const;

export function addConfirm(gallery: Command, session: Session): void {
  const command = gallery
    .command('confirm')
    .description('say that a match was right')
    .argument(...MATCH)
    .option('--add-face', 'enrol the face too, if it is good enough and looks like nobody else')
    .option('--label <text>', 'of the added face');
  remoteVerb<Options>(session, command, async (client, { args: [match = ''], options, out }) => {
    const { addFace = false, label = '' } = options;
    const { identity, rejectionsDropped, faceId, notAdded } = await client.confirm({ matchToken: await tokenOf(match), addFace, label });
    const { name } = identity ?? { name: '' };
    const told = { identity: identity && identityJson(identity), rejectionsDropped, faceId, notAdded };
    await out.result(told, () => {
      if (notAdded) return `${name}: confirmed; the face was not added, ${notAdded.reason}: ${notAdded.message}`;
      return `${name}: confirmed${faceId === '' ? '' : `, face ${faceId} added`}${rejectionsDropped > 0 ? `, ${plural(rejectionsDropped, 'rejection')} dropped` : ''}`;
    });
    return notAdded ? EXIT.partly : EXIT.ok;
  });
}

export function addReject(gallery: Command, session: Session): void {
  const command = gallery.command('reject').description('say that a match was not this person').argument(...MATCH);
  remoteVerb<RemoteOptions>(session, command, async (client, { args: [match = ''], out }) => {
    const { identity, rejections, expiresAt } = await client.reject({ matchToken: await tokenOf(match) });
    const told = { identity: identity && identityJson(identity), rejections, expiresAt: isoDate(expiresAt) };
    await out.result(told, () => `${identity?.name ?? ''}: not this face, until ${isoDate(expiresAt).slice(0, 10)}`);
    return EXIT.ok;
  });
}

const BASE64 = /^[A-Za-z0-9+/]{100,}={0,2}$/;

async function tokenOf(match: string): Promise<Buffer> {
  const text = BASE64.test(match) ? match : await readFile(match, 'utf8').catch(() => '');
  if (BASE64.test(text.trim())) return Buffer.from(text.trim(), 'base64');
  throw new UsageError(`${match.slice(0, 100)} is no match that can be judged`, 'name a .match file: glimpse identify --evidence FOLDER picture.jpg');
}
