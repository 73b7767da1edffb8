import type { Command } from 'commander';
import type { Audit, AuditQuery } from '../gallery/audit/open.js';
import type { Mark } from '../gallery/audit/verify.js';
import { EXIT, UsageError } from './exit.js';
import { dataDir, type DataDirOptions } from './offline.js';
import { plural } from './table.js';
import { timeFrom } from './time.js';
import { type Session, verb } from './verb.js';

const HELP = `
Every enrolment, change, deletion, export and import, and every answer that named somebody, leaves a row: when, who, from
where, which call, whose ids. No names, no faces. Each row's hash covers the row before, so none can be changed, removed or put
in between unnoticed. These verbs read the data folder itself, also beside a running server: whoever checks a server does
not ask that server.

A chain that was cut and written anew as a whole fits together again. To notice that too, keep the head that verify prints in
another place, and give it to the next one.

Examples:
  glimpse audit verify                                     prints the head: NUMBER:HASH
  glimpse audit verify --head 1842:9c1f…                   and the chain still holds that row
  glimpse audit export --since 2026-11-01 --json
  glimpse audit export --identity 0198c1…                  who had to do with this person`;

export function addAudit(root: Command, session: Session): void {
  const audit = root.command('audit').description('who did what with whom: check the log, print it').addHelpText('after', HELP);

  const verify = dataDir(audit.command('verify').description('check that no row was changed, removed or added'))
    .option('--head <number:hash>', 'a head that was printed before; its row has to be there still');
  verb<DataDirOptions & { head?: string }>(session, verify, async ({ options, out }) => {
    const mark = options.head === undefined ? undefined : markFrom(options.head);
    const verdict = await withAudit(options, (opened) => Promise.resolve(opened.verify(mark)));
    const { rows, head, broken } = verdict;
    await out.result(verdict, () =>
      broken === undefined ? `${plural(rows, 'row')}, all as they were written\nhead ${head.number}:${head.hash}` : `broken: ${broken.message}\n${plural(rows, 'row')} before that are as they were written`);
    return broken === undefined ? EXIT.ok : EXIT.failed;
  });

  const print = dataDir(audit.command('export').description('print the rows, oldest first'))
    .option('--since <when>', 'a day, or a time with its zone')
    .option('--until <when>', 'rows before it')
    .option('--identity <id>', 'only rows that tell of this identity');
  verb<DataDirOptions & { since?: string; until?: string; identity?: string }>(session, print, async ({ options, out }) => {
    await withAudit(options, async (opened) => {
      for (const row of opened.rows(queryFrom(options))) {
        const at = new Date(row.at).toISOString();
        const { actor, peer, request, call, collection, identities, times } = row;
        const whom = `${identities.join(' ')}${times > 1 ? ` ×${times}` : ''}`;
        await out.result({ ...row, at }, () => [row.number, at, actor, peer || '-', request || '-', call, collection, whom].join('  '));
      }
    });
    return EXIT.ok;
  });
}

function queryFrom({ since, until, identity }: { since?: string; until?: string; identity?: string }): AuditQuery {
  return {
    ...(since !== undefined && { since: timeFrom('--since', since) }),
    ...(until !== undefined && { until: timeFrom('--until', until) }),
    ...(identity !== undefined && { identity }),
  };
}

function markFrom(text: string): Mark {
  const [, number, hash] = /^(\d+):([0-9a-f]{64})$/.exec(text) ?? [];
  if (number === undefined || hash === undefined) throw new UsageError(`--head ${JSON.stringify(text)} is no head`, 'give what `glimpse audit verify` printed: NUMBER:HASH');
  return { number: Number(number), hash };
}

async function withAudit<Result>({ dataDir: dir }: DataDirOptions, use: (audit: Audit) => Promise<Result>): Promise<Result> {
  const { openAudit } = await import('../gallery/audit/open.js');
  const opened = openAudit(dir);
  try {
    return await use(opened);
  } finally {
    opened.close();
  }
}
