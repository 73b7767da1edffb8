import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { EXIT } from '../exit.js';
import { startProgress } from '../progress.js';
import { plural } from '../table.js';
import { remoteVerb, type RemoteOptions, type Session } from '../verb.js';
import { recordToLine } from './record-json.js';

const HELP = `
Newline-delimited JSON: one identity a line, embeddings in base64. These are biometric data: guard the file.
A file appears under its name only when it is whole.`;

export function addExport(gallery: Command, session: Session): void {
  const command = gallery
    .command('export')
    .description('write every identity with its embeddings')
    .argument('[file]', 'where to; without it, or with -, standard output')
    .addHelpText('after', HELP);
  remoteVerb<RemoteOptions>(session, command, async (client, { args: [file = '-'], options, out }) => {
    const progress = startProgress('exporting', 0, out.json || file === '-');
    let identities = 0;
    async function* lines(): AsyncGenerator<string> {
      for await (const record of client.export({ collection: options.collection })) {
        yield `${recordToLine(record)}\n`;
        identities += 1;
        progress.step();
      }
    }
    try {
      await (file === '-' ? pipeline(lines, process.stdout, { end: false }) : writeWhole(file, lines));
    } finally {
      progress.stop();
    }
    const done = `exported ${plural(identities, 'identity', 'identities')}`;
    if (file === '-') out.note(done);
    else await out.result({ file, identities }, () => `${done} to ${file}`);
    return EXIT.ok;
  });
}

/** Under another name until it is on disk and whole: a broken export is never taken for a backup. */
async function writeWhole(file: string, lines: () => AsyncIterable<string>): Promise<void> {
  const unfinished = `${file}.part`;
  try {
    await pipeline(lines, createWriteStream(unfinished, { mode: 0o600, flush: true }));
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
