import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { EXIT } from './exit.js';
import { dataDir, type DataDirOptions } from './offline.js';
import { type Session, verb } from './verb.js';

const HELP = `
Works beside a running server and is consistent: the gallery as it was at one moment. It holds faces, names and the hashes of tokens:
guard it. Somebody who is deleted later is still in it: delete old backups.

Examples:
  glimpse backup /backups/                          a file named after the time
  glimpse backup monday.db --data-dir /var/glimpse`;

export function addBackup(root: Command, session: Session): void {
  const plain = root.command('backup').description('copy the gallery to one file').argument('<file>', 'the file to make, or a folder to make it in');
  verb<DataDirOptions>(session, dataDir(plain.addHelpText('after', HELP)), async ({ args: [given = ''], options, out }) => {
    const { backupGallery } = await import('../gallery/backup.js');
    const file = isFolder(given) ? join(given, `gallery-${new Date().toISOString().replaceAll(':', '')}.db`) : given;
    const bytes = await backupGallery(options.dataDir, file);
    await out.result({ file, bytes }, () => `${file}, ${(bytes / 1e6).toFixed(1)} MB`);
    return EXIT.ok;
  });
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
