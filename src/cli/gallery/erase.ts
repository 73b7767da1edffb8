import { type FileHandle, open } from 'node:fs/promises';
import type { Command } from 'commander';
import { type ErasureReceipt, toDate } from '../../client/index.js';
import { EXIT, UsageError } from '../exit.js';
import { plural } from '../table.js';
import { remoteVerb, type RemoteOptions, type Session } from '../verb.js';
import { confirmed } from './confirm.js';
import { findIdentity } from './identity.js';

const HELP = `
Deletes like \`glimpse gallery delete\`, waits until nothing of the person is left, and reads every file of the gallery to show it: no
64 bytes in a row of any vector, no name, no external id, no label. The receipt says when, which files were read (size and sha256),
and salted hashes of what was erased. Backups and exports elsewhere are yours to erase.

Exit code 0 when nothing is left, 1 when something is; the receipt then says where.`;

interface Options extends RemoteOptions {
  readonly receipt?: string;
  readonly yes?: true;
}

export function addErase(gallery: Command, session: Session): void {
  const command = gallery
    .command('erase')
    .description('delete an identity, and prove that nothing of it is left; this cannot be undone')
    .argument('<who>', 'id or external id')
    .option('--receipt <file>', 'write the receipt to this new file, as JSON')
    .option('--yes', 'do not ask')
    .addHelpText('after', HELP);
  remoteVerb<Options>(session, command, async (client, { args: [who = ''], options, out }) => {
    const { collection } = options;
    const { id, name } = await findIdentity(client, collection, who);
    if (options.yes !== true && !(await confirmed([name]))) {
      out.note('nothing was erased');
      return EXIT.failed;
    }
    // Opened before anything is erased: what cannot be done again must not end without its receipt.
    const file = options.receipt === undefined ? undefined : await newFile(options.receipt);
    try {
      const receipt = await client.eraseIdentity({ collection, id });
      await file?.writeFile(`${JSON.stringify(receiptJson(receipt), null, 2)}\n`);
      await out.result(receiptJson(receipt), () => receiptText(name, receipt));
      return receipt.bytesLeft === 0 ? EXIT.ok : EXIT.failed;
    } finally {
      await file?.close();
    }
  });
}

async function newFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600);
  } catch (error) {
    throw new UsageError(`cannot write ${path}: ${(error as Error).message}`, 'name a file that does not exist yet; nothing was erased');
  }
}

function receiptJson({ deletedAt, provedAt, salt, erased, scanned, ...rest }: ErasureReceipt): object {
  return {
    ...rest,
    deletedAt: deletedAt && toDate(deletedAt).toISOString(),
    provedAt: provedAt && toDate(provedAt).toISOString(),
    salt: salt.toString('hex'),
    erased: erased.map(({ sha256, ...thing }) => ({ ...thing, sha256: sha256.toString('hex') })),
    scanned: scanned.map(({ sha256, ...file }) => ({ ...file, sha256: sha256.toString('hex') })),
  };
}

function receiptText(name: string, { facesDeleted, scanned, left, bytesLeft }: ErasureReceipt): string {
  const bytes = scanned.reduce((sum, { size }) => sum + size, 0);
  const head = `erased ${name}, ${plural(facesDeleted, 'face')}; ${plural(scanned.length, 'file')} with ${plural(bytes, 'byte')} read`;
  if (bytesLeft === 0) return `${head}, nothing is left`;
  return [`${head}, ${plural(bytesLeft, 'byte')} left`, ...left.map(({ file, offset, length }) => `  ${file}: ${plural(length, 'byte')} at ${offset}`)].join('\n');
}
