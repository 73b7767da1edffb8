import type { Command } from 'commander';
import type { Session } from '../verb.js';
import { addConsent } from './consent.js';
import { addDelete } from './delete.js';
import { addErase } from './erase.js';
import { addExport } from './export.js';
import { addConfirm, addReject } from './feedback.js';
import { addImport } from './import.js';
import { addList } from './list.js';
import { addMerge } from './merge.js';
import { addRename } from './rename.js';
import { addShow } from './show.js';
import { addStats } from './stats.js';
import { addTag } from './tag.js';
import { addVerify } from './verify.js';

const HELP = `
<who> is an identity's id or its external id.

Examples:
  glimpse gallery list --tag staff --prefix A
  glimpse gallery tag 0198c1… --add staff --remove visitor
  glimpse gallery consent 0198c1… --legal-basis consent --expires 1y
  glimpse gallery reject why/party-1.match          not this person; the file is by: glimpse identify --evidence why/ party.jpg
  glimpse gallery export backup.ndjson              embeddings and names; there are no pictures to export
  glimpse gallery import backup.ndjson --on-conflict replace`;

export function addGallery(root: Command, session: Session): void {
  const gallery = root.command('gallery').description('who is known: list, show, change, delete, move in and out').addHelpText('after', HELP);
  for (const add of [addList, addShow, addRename, addTag, addConsent, addConfirm, addReject, addDelete, addMerge, addErase, addExport, addImport, addStats, addVerify]) add(gallery, session);
}
