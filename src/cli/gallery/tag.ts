import type { Command } from 'commander';
import { EXIT, UsageError } from '../exit.js';
import { collect, remoteVerb, type RemoteOptions, type Session } from '../verb.js';
import { findIdentity, identityJson } from './identity.js';

interface Options extends RemoteOptions {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
  readonly set?: readonly string[];
}

export function addTag(gallery: Command, session: Session): void {
  const command = gallery
    .command('tag')
    .description('add, remove or replace the tags of an identity')
    .argument('<who>', 'id or external id')
    .option('--add <tag>', 'add a tag; may be given several times', collect)
    .option('--remove <tag>', 'remove a tag; may be given several times', collect)
    .option('--set <tag>', 'replace all tags; may be given several times', collect);
  remoteVerb<Options>(session, command, async (client, { args: [who = ''], options, out }) => {
    const { collection } = options;
    const before = await findIdentity(client, collection, who);
    const tags = newTags(before.tags, options);
    const after = await client.updateIdentity({ collection, id: before.id, tags: { tags } });
    await out.result(identityJson(after), () => `${after.name}: ${after.tags.join(', ') || 'no tags'}`);
    return EXIT.ok;
  });
}

function newTags(before: readonly string[], { add = [], remove = [], set }: Options): string[] {
  if (set !== undefined && (add.length > 0 || remove.length > 0)) throw new UsageError('--set excludes --add and --remove', 'give one or the other');
  if (set === undefined && add.length === 0 && remove.length === 0) throw new UsageError('which tags?', 'give --add, --remove or --set');
  return [...new Set([...(set ?? before), ...add])].filter((tag) => !remove.includes(tag));
}
