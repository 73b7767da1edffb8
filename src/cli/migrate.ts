import type { Command } from 'commander';
import { EXIT } from './exit.js';
import { dataDir, type DataDirOptions } from './offline.js';
import { plural } from './table.js';
import { type Session, verb } from './verb.js';

const HELP = `
The server does this by itself when it starts. Run it beforehand, with the server stopped, to choose the moment
(after a backup). Forward only.`;

export function addMigrate(root: Command, session: Session): void {
  const command = dataDir(root.command('migrate').description('bring a gallery’s tables up to date').addHelpText('after', HELP));
  verb<DataDirOptions>(session, command, async ({ options, out }) => {
    const { migrate } = await import('../gallery/migrate.js');
    const applied = migrate(options.dataDir);
    await out.result({ applied }, () => (applied.length === 0 ? 'nothing to do' : `applied ${plural(applied.length, 'migration')}: ${applied.join(', ')}`));
    return EXIT.ok;
  });
}
