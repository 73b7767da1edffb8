import type { Command } from 'commander';
import type { GlimpseClient, Identity } from '../../client/index.js';
import { describeFailure, EXIT } from '../exit.js';
import { plural } from '../table.js';
import { allOrPartly, remoteVerb, type RemoteOptions, type Session } from '../verb.js';
import { confirmed } from './confirm.js';
import { findIdentity } from './identity.js';

interface Options extends RemoteOptions {
  readonly yes?: true;
}

/** Everybody is looked up before anybody is deleted, so that a typing error deletes nobody. */
export function addDelete(gallery: Command, session: Session): void {
  const command = gallery
    .command('delete')
    .description('delete identities with their faces; this cannot be undone')
    .argument('<who...>', 'ids or external ids')
    .option('--yes', 'do not ask');
  remoteVerb<Options>(session, command, async (client, { args, options, out }) => {
    const found: Identity[] = [];
    for (const who of args) found.push(await findIdentity(client, options.collection, who));
    if (options.yes !== true && !(await confirmed(found.map(({ name }) => name)))) {
      out.note('nothing was deleted');
      return EXIT.failed;
    }
    let failed = 0;
    for (const identity of found) {
      const outcome = await deleteOne(client, identity);
      if (outcome.error !== undefined) failed += 1;
      const { name } = identity;
      await out.result(outcome, () => outcome.error === undefined ? `deleted ${name}, ${plural(outcome.facesDeleted, 'face')}` : `${name}: ${outcome.error}`);
    }
    return allOrPartly(failed, found.length - failed);
  });
}

async function deleteOne(client: GlimpseClient, { id, name, collection }: Identity): Promise<{ id: string; name: string; facesDeleted: number; error?: string }> {
  try {
    const { facesDeleted } = await client.deleteIdentity({ collection, id });
    return { id, name, facesDeleted };
  } catch (error) {
    const { exit, message } = describeFailure(error);
    if (exit !== EXIT.failed) throw error;
    return { id, name, facesDeleted: 0, error: message };
  }
}
