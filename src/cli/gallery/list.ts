import type { Command } from 'commander';
import type { Identity } from '../../client/index.js';
import { EXIT } from '../exit.js';
import { textTable } from '../table.js';
import { remoteVerb, type RemoteOptions, type Session } from '../verb.js';
import { identityJson, isoDate } from './identity.js';

interface Options extends RemoteOptions {
  readonly tag?: string;
  readonly prefix?: string;
}

/** With `--json` one identity a line as the pages arrive; the text table needs them all for its widths. */
export function addList(gallery: Command, session: Session): void {
  const command = gallery
    .command('list')
    .description('list who is known')
    .option('--tag <tag>', 'only identities with this tag')
    .option('--prefix <text>', 'only names that start so; case is ignored');
  remoteVerb<Options>(session, command, async (client, { options, out }) => {
    const { collection, tag = '', prefix = '' } = options;
    const rows: string[][] = [];
    for await (const identity of client.identities({ collection, tag, namePrefix: prefix, pageSize: 500 })) {
      if (out.json) await out.line(JSON.stringify(identityJson(identity)));
      else rows.push(row(identity));
    }
    if (rows.length > 0) await out.line(textTable(['id', 'name', 'external id', 'faces', 'expires', 'tags'], rows));
    else out.note('nobody');
    return EXIT.ok;
  });
}

function row({ id, name, externalId, faces, consent, expired, tags }: Identity): string[] {
  const expires = expired ? 'expired' : isoDate(consent?.expiresAt ?? null).slice(0, 10);
  return [id, name, externalId, String(faces.length), expires, tags.join(', ')];
}
