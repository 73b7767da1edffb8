import type { Command } from 'commander';
import { EXIT } from '../exit.js';
import { remoteVerb, type RemoteOptions, type Session } from '../verb.js';
import { findIdentity, identityJson } from './identity.js';

export function addRename(gallery: Command, session: Session): void {
  const command = gallery
    .command('rename')
    .description('give an identity another name')
    .argument('<who>', 'id or external id')
    .argument('<name>', 'the new name');
  remoteVerb<RemoteOptions>(session, command, async (client, { args: [who = '', name = ''], options, out }) => {
    const { collection } = options;
    const before = await findIdentity(client, collection, who);
    const after = await client.updateIdentity({ collection, id: before.id, name });
    await out.result(identityJson(after), () => `${before.name} is now ${after.name}`);
    return EXIT.ok;
  });
}
