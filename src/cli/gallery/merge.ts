import type { Command } from 'commander';
import { EXIT } from '../exit.js';
import { plural } from '../table.js';
import { remoteVerb, type RemoteOptions, type Session } from '../verb.js';
import { confirmed } from './confirm.js';
import { findIdentity, identityJson } from './identity.js';

interface Options extends RemoteOptions {
  readonly yes?: true;
}

export function addMerge(gallery: Command, session: Session): void {
  const command = gallery
    .command('merge')
    .description('give all faces of one identity to another and delete the first; this cannot be undone')
    .argument('<from>', 'id or external id of the one that goes')
    .argument('<to>', 'id or external id of the one that stays')
    .option('--yes', 'do not ask');
  remoteVerb<Options>(session, command, async (client, { args: [from = '', to = ''], options, out }) => {
    const { collection } = options;
    const [going, staying] = [await findIdentity(client, collection, from), await findIdentity(client, collection, to)];
    if (options.yes !== true && !(await confirmed([going.name]))) {
      out.note('nothing was merged');
      return EXIT.failed;
    }
    const merged = await client.mergeIdentities({ collection, fromId: going.id, toId: staying.id });
    await out.result(identityJson(merged), () => `${going.name} went into ${merged.name}, who has ${plural(merged.faces.length, 'face')} now`);
    return EXIT.ok;
  });
}
