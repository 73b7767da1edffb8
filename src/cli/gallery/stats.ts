import type { Command } from 'commander';
import { EXIT } from '../exit.js';
import { textPairs } from '../table.js';
import { remoteVerb, type RemoteOptions, type Session } from '../verb.js';

export function addStats(gallery: Command, session: Session): void {
  remoteVerb<RemoteOptions>(session, gallery.command('stats').description('count identities, faces and bytes'), async (client, { options, out }) => {
    const stats = await client.stats({ collection: options.collection });
    await out.result(stats, () =>
      textPairs([
        ['collection', stats.collection],
        ['identities', String(stats.identities)],
        ['faces', `${stats.faces}${stats.indexFaces === stats.faces ? '' : ` (the index answers for ${stats.indexFaces})`}`],
        ['network', stats.network],
        ['database', megabytes(stats.databaseBytes)],
        ['index', megabytes(stats.indexBytes)],
        ['recall@1', stats.recall === undefined ? 'not measured yet' : stats.recall.toFixed(4)],
        ['collections', stats.collections.join(', ')],
      ]),
    );
    return EXIT.ok;
  });
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
