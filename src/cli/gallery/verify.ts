import type { Command } from 'commander';
import { EXIT } from '../exit.js';
import { findingsText, isSound, networkOf } from '../findings.js';
import { settingsOf, withSettings } from '../settings.js';
import { type Session, verb } from '../verb.js';

const HELP = `
Looks at the data folder itself, with the server stopped, and changes nothing: the database's pages, indexes and references, names,
lengths of vectors, the network they came from, and the saved index: every byte, who is in it, and whether it finds them.

Exit code 0 when all is sound, 1 when something is wrong or the gallery is in use.`;

export function addVerify(gallery: Command, session: Session): void {
  const command = withSettings(gallery.command('verify').description('check a gallery that no server has open'), ['dataDir', 'modelsDir']);
  verb(session, command.addHelpText('after', HELP), async ({ out }) => {
    const { dataDir, modelsDir } = settingsOf(command);
    const { verifyGallery } = await import('../../gallery/verify/verify.js');
    const findings = await verifyGallery(dataDir, await networkOf(modelsDir));
    const sound = isSound(findings);
    await out.result({ sound, findings }, () => findingsText(findings));
    return sound ? EXIT.ok : EXIT.failed;
  });
}
