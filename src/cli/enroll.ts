import type { Command } from 'commander';
import { consentFlags, consentFrom, EXPIRES_HELP } from './consent.js';
import { enrolPeople, type EnrolOptions } from './enrol-people.js';
import { UsageError } from './exit.js';
import { peopleFrom } from './people.js';
import { collect, remoteVerb, type Session } from './verb.js';

const HELP = `
Examples:
  glimpse enroll --name "Ada" a.jpg b.jpg        one person, several pictures
  glimpse enroll --name "Ada" pictures/ada/      all pictures of a folder
  glimpse enroll people/                         a folder with a sub-folder for each person: people/Ada/1.jpg …
  glimpse enroll people.csv                      a table: file,name,external_id,tags (tags parted by ;)
  glimpse enroll --identity 0198c1… c.jpg        further pictures of somebody who is known
  glimpse enroll --name "Ada" --legal-basis consent --consent-reference HR-2031 --expires 90d a.jpg

${EXPIRES_HELP}

Each picture is answered for itself: kept, or refused with the reason, the measured value and the limit.
Exit code 0 when every picture was kept, 3 when some were, 1 when none was.`;

interface Options extends EnrolOptions {
  readonly name?: string;
  readonly identity?: string;
  readonly externalId?: string;
  readonly tag?: readonly string[];
  readonly meta?: readonly string[];
}

export function addEnroll(root: Command, session: Session): void {
  const command = root
    .command('enroll')
    .description('enrol people from pictures')
    .argument('<pictures...>', 'pictures, folders, or a CSV table')
    .option('--name <name>', 'whose pictures these are')
    .option('--identity <id>', 'add the pictures to this known identity')
    .option('--external-id <key>', 'your own key for the person')
    .option('--tag <tag>', 'a tag; may be given several times', collect)
    .option('--meta <key=value>', 'a line of metadata; may be given several times', collect)
    .option('--which <face>', 'largest, only (refuse pictures with several faces), or a box x,y,width,height', 'largest')
    .option('--allow-lookalike', 'enrol although the face resembles somebody else')
    .addHelpText('after', HELP);
  remoteVerb<Options>(session, consentFlags(command), async (client, { args, options, out }) => {
    const { name = '', identity = '', externalId = '', tag = [], meta = [] } = options;
    if (name !== '' && identity !== '') throw new UsageError('--name and --identity exclude each other', 'a known identity keeps its name; `glimpse gallery rename` changes it');
    if (identity !== '' && consentFrom(options) !== undefined) throw new UsageError('the consent of a known identity is not changed by an enrolment', 'use `glimpse gallery consent`');
    const who = { name, identityId: identity, externalId, tags: tag, metadata: metadataFrom(meta) };
    return enrolPeople(client, await peopleFrom(args, who), options, out);
  });
}

function metadataFrom(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new UsageError(`--meta ${JSON.stringify(pair)} has no key`, 'write --meta key=value');
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
