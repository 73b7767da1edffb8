import type { Command } from 'commander';
import { EXIT } from './exit.js';
import { findingsText, networkOf } from './findings.js';
import { settingsOf, withSettings } from './settings.js';
import { type Session, verb } from './verb.js';

const HELP = `
Proves the backup first, on a copy of it, as \`glimpse gallery verify\` does; only if that finds nothing wrong does it take the place of what is in
the data folder, which is gone then. With the server stopped.

Exit code 0 when it was restored, 1 when something is wrong with it: then nothing was changed.`;

export function addRestore(root: Command, session: Session): void {
  const plain = root.command('restore').description('put a backup in the place of the gallery').argument('<file>', 'what `glimpse backup` wrote');
  const command = withSettings(plain.addHelpText('after', HELP), ['dataDir', 'modelsDir']);
  verb(session, command, async ({ args: [file = ''], out }) => {
    const { dataDir, modelsDir } = settingsOf(command);
    const { restoreGallery } = await import('../gallery/restore.js');
    const { replaced, findings } = await restoreGallery(dataDir, file, await networkOf(modelsDir));
    await out.result({ restored: replaced, findings }, () => `${findingsText(findings)}\n\n${replaced ? `restored to ${dataDir}` : 'nothing was changed'}`);
    return replaced ? EXIT.ok : EXIT.failed;
  });
}
