import type { Command } from 'commander';
import type { Consent, Identity } from '../../client/index.js';
import { consentFlags, consentFrom, type ConsentOptions, EXPIRES_HELP } from '../consent.js';
import { EXIT, UsageError } from '../exit.js';
import { textPairs } from '../table.js';
import { remoteVerb, type RemoteOptions, type Session } from '../verb.js';
import { consentLines, findIdentity, identityJson } from './identity.js';

const HELP = `
What is not given stays as it is. ${EXPIRES_HELP}

Examples:
  glimpse gallery consent e-17                             show it
  glimpse gallery consent e-17 --legal-basis consent --consent-reference HR-2031 --expires 1y
  glimpse gallery consent e-17 --expires never
  glimpse gallery consent e-17 --clear                     take all of it back`;

interface Options extends RemoteOptions, ConsentOptions {
  readonly clear?: true;
}

export function addConsent(gallery: Command, session: Session): void {
  const command = gallery
    .command('consent')
    .description('show or change what allows an identity to be kept, and until when')
    .argument('<who>', 'id or external id')
    .option('--clear', 'take all of it back: nothing said, no expiry')
    .addHelpText('after', HELP);
  remoteVerb<Options>(session, consentFlags(command), async (client, { args: [who = ''], options, out }) => {
    const { collection } = options;
    const before = await findIdentity(client, collection, who);
    const consent = changed(before, options);
    const after = consent === undefined ? before : await client.updateIdentity({ collection, id: before.id, consent });
    await out.result(identityJson(after), () => textPairs([['name', after.name], ...consentLines(after)]));
    return EXIT.ok;
  });
}

/** Undefined when nothing is to change. An empty text takes a part back. */
function changed({ consent }: Identity, { clear, expires, ...given }: Options): Consent | undefined {
  const never = expires === 'never';
  const said = consentFrom({ ...given, ...(expires !== undefined && !never && { expires }) });
  if (clear === true && (said !== undefined || never)) throw new UsageError('--clear takes everything back', 'give it alone, or give what is to change');
  if (clear === true) return {};
  if (said === undefined && !never) return undefined;
  const { expiresAt, ...rest } = consent ?? { expiresAt: null };
  return { ...rest, ...(!never && { expiresAt }), ...said };
}
