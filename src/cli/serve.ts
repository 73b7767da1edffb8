import { type Command, Option } from 'commander';
import type { Logger } from 'pino';
import { environmentName, loadConfig, SETTINGS } from '../config.js';
import { EXIT, UsageError } from './exit.js';
import { type Session, verb } from './verb.js';

const HELP = `
Each setting is a flag or a variable in the environment; flags win. --port is GLIMPSE_PORT, and so on.

Examples:
  glimpse serve                                   on this machine only, no tokens needed
  glimpse serve --port 0 --json                   on a free port, which the printed line names
  glimpse serve --host 0.0.0.0 --tls-cert server.pem --tls-key server.key
                                                  for other machines, which need tokens: glimpse token create

SIGTERM or Ctrl-C stops it: what was accepted is finished first. A second one ends it at once.`;

export function addServe(root: Command, session: Session): void {
  const command = root.command('serve').description('start the server').addHelpText('after', HELP);
  for (const setting of Object.values(SETTINGS)) command.addOption(toOption(setting));
  verb(session, command, async ({ out }) => {
    const config = loadConfig(flagsOf(command));
    // Loaded when needed: the networks' runtime and the database are nothing to a client.
    const { startServer } = await import('../server/serve.js');
    const server = await startServer(config, await openLogger(config.logLevel));
    const { address, port } = server;
    const stopped = firstSignal();
    await out.result({ address, port, pid: process.pid }, () => `Glimpse serves on ${address} (Ctrl-C stops it)`);
    await stopped;
    await server.close();
    return EXIT.ok;
  });
}

function toOption({ flag, fallback, doc }: (typeof SETTINGS)[keyof typeof SETTINGS]): Option {
  const value = typeof fallback === 'boolean' ? '[yes]' : typeof fallback === 'number' ? '<number>' : '<text>';
  const usual = typeof fallback === 'boolean' || fallback === '' ? '' : ` (default: ${fallback})`;
  return new Option(`--${flag} ${value}`, `${doc}${usual}`);
}

/** What was given on the command line, as text under the flag's name; a flag alone means yes. */
function flagsOf(command: Command): Record<string, string> {
  const given = command.opts<Record<string, string | true>>();
  const flags = command.options.map((option) => [option.long?.slice(2) ?? '', given[option.attributeName()]] as const);
  const settings = new Set(Object.values(SETTINGS).map(({ flag }) => environmentName(flag)));
  const ours = flags.filter(([flag, value]) => value !== undefined && settings.has(environmentName(flag)));
  return Object.fromEntries(ours.map(([flag, value]) => [flag, String(value)]));
}

async function openLogger(level: string): Promise<Logger> {
  const { openLog } = await import('../server/log.js');
  try {
    return openLog(level);
  } catch (error) {
    throw new UsageError((error as Error).message, SETTINGS.logLevel.doc);
  }
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process, whatever it is doing. */
function firstSignal(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (): void => {
      if (asked) process.exit(EXIT.failed);
      asked = true;
      resolve();
    };
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  });
}
