import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { ROOT } from '../paths.js';
import { addAudit } from './audit.js';
import { addBackup } from './backup.js';
import { addCalibrate } from './calibrate.js';
import { addDoctor } from './doctor.js';
import { addEnroll } from './enroll.js';
import { EXIT, EXIT_HELP, type ExitCode } from './exit.js';
import { addCollection } from './collection.js';
import { addGallery } from './gallery/index.js';
import { addIdentify } from './identify.js';
import { addMigrate } from './migrate.js';
import { addRecord } from './record.js';
import { addReplay } from './replay.js';
import { addRestore } from './restore.js';
import { addServe } from './serve.js';
import { addToken } from './token.js';
import { addWatch } from './watch.js';
import type { Session } from './verb.js';

const HELP = `
Examples:
  glimpse serve                                     start the server on this machine
  glimpse enroll --name "Ada" ada1.jpg ada2.jpg     enrol a person
  glimpse identify party.jpg --annotate out/        who is in this picture?
  glimpse identify rtsp://camera/stream             who passes this camera?
  glimpse watch                                     who came, who left?
  glimpse gallery list                              who is known?
  glimpse doctor                                    what can run the networks here?

Every verb but serve, replay, audit, token, migrate, backup, restore, calibrate, doctor and gallery verify is a client of a running server: --address, or GLIMPSE_ADDRESS.
Every verb takes --json.

${EXIT_HELP}`;

/** Runs one command line and returns its exit code; results are on stdout, everything else on stderr. */
export async function run(argv: readonly string[]): Promise<ExitCode> {
  const session: Session = { exitCode: EXIT.ok };
  try {
    await program(session).parseAsync(argv, { from: 'user' });
    return session.exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage; // commander has said why
  }
}

function program(session: Session): Command {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  const root = new Command('glimpse')
    .description('Recognises people from whatever part of the face can be seen.')
    .version(version)
    .exitOverride()
    .showHelpAfterError('(add --help for the whole story)')
    .addHelpText('after', HELP);
  for (const add of [addServe, addEnroll, addIdentify, addWatch, addRecord, addReplay, addGallery, addCollection, addAudit, addToken, addMigrate, addBackup, addRestore, addCalibrate, addDoctor]) add(root, session);
  return root;
}
