import type { Command } from 'commander';
import { EXIT } from '../exit.js';
import { remoteVerb, type RemoteOptions, type Session } from '../verb.js';
import { findIdentity, identityJson, identityText } from './identity.js';

export function addShow(gallery: Command, session: Session): void {
  const command = gallery.command('show').description('show one identity and its faces').argument('<who>', 'id or external id');
  remoteVerb<RemoteOptions>(session, command, async (client, { args: [who = ''], options, out }) => {
    const identity = await findIdentity(client, options.collection, who);
    await out.result(identityJson(identity), () => identityText(identity));
    return EXIT.ok;
  });
}
