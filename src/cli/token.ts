import { type Command, Option } from 'commander';
import type { Role, Tokens } from '../gallery/tokens.js';
import { EXIT } from './exit.js';
import { dataDir, type DataDirOptions } from './offline.js';
import { textPairs, textTable } from './table.js';
import { collect, type Session, verb } from './verb.js';

const HELP = `
Tokens are what callers from other machines show. They are kept as hashes in the data folder; these verbs work on that
folder, not through a server. A running server sees the change at once.

Roles: identify may recognise; enrol may also enrol and read the gallery; admin may also delete, export and import.

Examples:
  glimpse token create --role identify --name "gate 3"
  GLIMPSE_TOKEN=… glimpse identify --address cam.example:50051 --tls visitor.jpg`;

export function addToken(root: Command, session: Session): void {
  const token = root.command('token').description('make, list and revoke the tokens of callers').addHelpText('after', HELP);

  const create = dataDir(token.command('create').description('make a token; it is printed this once'))
    .addOption(new Option('--role <role>', 'what its bearer may do').choices(['identify', 'enrol', 'admin']).makeOptionMandatory())
    .requiredOption('--name <name>', 'who or what will use it')
    .option('--collection <name>', 'a collection that it is for, may be given several times; default: all', collect);
  verb<DataDirOptions & { role: Role; name: string; collection?: readonly string[] }>(session, create, async ({ options, out }) => {
    const { id, secret } = await withTokens(options, (tokens) => tokens.create(options.role, options.name, options.collection));
    const made = { id, role: options.role, name: options.name, collections: options.collection?.join(', ') ?? 'all', secret };
    await out.result(made, () => textPairs(Object.entries(made)));
    out.note('This is the only time that the secret is shown.');
    return EXIT.ok;
  });

  verb<DataDirOptions>(session, dataDir(token.command('list').description('list the tokens, without their secrets')), async ({ options, out }) => {
    const rows = await withTokens(options, (tokens) => tokens.list());
    await out.result({ tokens: rows }, () =>
      textTable(
        ['id', 'role', 'name', 'collections', 'made', 'revoked'],
        rows.map(({ id, role, name, collections, createdAt, revokedAt }) => [id, role, name, collections?.join(', ') ?? 'all', createdAt.toISOString(), revokedAt?.toISOString() ?? '']),
      ),
    );
    return EXIT.ok;
  });

  const revoke = dataDir(token.command('revoke').description('make a token worthless').argument('<id>', 'as `glimpse token list` shows it'));
  verb<DataDirOptions>(session, revoke, async ({ args: [id = ''], options, out }) => {
    await withTokens(options, (tokens) => tokens.revoke(id));
    await out.result({ revoked: id }, () => `revoked ${id}`);
    return EXIT.ok;
  });
}

async function withTokens<Result>({ dataDir: dir }: DataDirOptions, use: (tokens: Tokens) => Result): Promise<Result> {
  const { openTokens } = await import('../gallery/tokens.js');
  const tokens = openTokens(dir);
  try {
    return use(tokens);
  } finally {
    tokens.close();
  }
}
