import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import { type Command, Option } from 'commander';
import type { GlimpseClient, IdentityRecord, ImportResponse } from '../../client/index.js';
import { consentFlags, consentFrom, EXPIRES_HELP } from '../consent.js';
import { enrolPeople, type EnrolOptions } from '../enrol-people.js';
import { type ExitCode, UsageError } from '../exit.js';
import { peopleInTable } from '../people.js';
import { startProgress } from '../progress.js';
import { plural } from '../table.js';
import { allOrPartly, type Invocation, remoteVerb, type RemoteOptions, type Session } from '../verb.js';
import { recordFromLine } from './record-json.js';

const HELP = `
From what \`glimpse gallery export\` wrote, made by the same network; or a CSV table with pictures, which are enrolled:
  file,name,external_id,tags
  ada/1.jpg,Ada Lovelace,e-17,staff;london

With a table, --expires and its like are for everybody in it; records of JSON say it themselves. ${EXPIRES_HELP}

Exit code 0 when every record was taken or was there already, 3 when some were refused, 1 when all were.`;

interface Options extends RemoteOptions, EnrolOptions {
  readonly collection: string;
  readonly onConflict: 'skip' | 'replace';
  readonly images?: string;
}

export function addImport(gallery: Command, session: Session): void {
  const command = gallery
    .command('import')
    .description('take in identities from a file')
    .argument('<file>', 'newline-delimited JSON, a .csv table, or - for JSON from standard input')
    .addOption(new Option('--on-conflict <what>', 'when an id or external id exists').choices(['skip', 'replace']).default('skip'))
    .option('--images <folder>', 'where the pictures of a table are; default: beside it')
    .option('--allow-lookalike', 'with a table: enrol although a face resembles somebody else')
    .addHelpText('after', HELP);
  remoteVerb<Options>(session, consentFlags(command), async (client, call) => {
    const { args: [file = ''], options, out } = call;
    if (extname(file).toLowerCase() === '.csv') return enrolPeople(client, await peopleInTable(file, options.images), options, out);
    if (consentFrom(options) !== undefined) throw new UsageError('records say themselves until when they may be kept', 'leave --expires and its like to tables with pictures');
    return importRecords(client, file, call);
  });
}

async function importRecords(client: GlimpseClient, file: string, { options, out }: Invocation<Options>): Promise<ExitCode> {
  const { collection, onConflict } = options;
  const config = { collection, onConflict: onConflict === 'skip' ? 'SKIP' : 'REPLACE' } as const;
  const progress = startProgress('importing', 0, out.json);
  const count = { IMPORTED: 0, SKIPPED: 0, REPLACED: 0, REFUSED: 0 };
  try {
    for await (const answer of client.import(config, readRecords(file))) {
      progress.step();
      if (answer.outcome !== 'OUTCOME_UNSPECIFIED') count[answer.outcome] += 1;
      if (out.json) await out.line(JSON.stringify(answer));
      else if (answer.outcome === 'REFUSED') await progress.aside(() => out.line(refusal(answer)));
    }
  } finally {
    progress.stop();
  }
  const { IMPORTED, SKIPPED, REPLACED, REFUSED } = count;
  if (!out.json) await out.line(`${plural(IMPORTED, 'identity', 'identities')} imported, ${REPLACED} replaced, ${SKIPPED} there already, ${REFUSED} refused`);
  return allOrPartly(REFUSED, IMPORTED + SKIPPED + REPLACED);
}

const refusal = ({ record, message }: ImportResponse): string => `record ${record} refused: ${message}`;

async function* readRecords(file: string): AsyncGenerator<IdentityRecord> {
  const input = file === '-' ? process.stdin : createReadStream(file);
  if (input !== process.stdin) {
    await once(input, 'open').catch((error: unknown) => {
      throw new UsageError(`cannot read ${file}: ${(error as Error).message}`, 'give a file that `glimpse gallery export` wrote');
    });
  }
  let number = 0;
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    number += 1;
    if (line.trim() !== '') yield parsed(line, `${file}, line ${number}`);
  }
}

function parsed(line: string, where: string): IdentityRecord {
  try {
    return recordFromLine(line);
  } catch (error) {
    throw new Error(`${where}: ${(error as Error).message}`, { cause: error });
  }
}
