import type { Command } from 'commander';
import type { Logger } from 'pino';
import { type SettingName, SETTINGS } from '../config.js';
import { EXIT, UsageError } from './exit.js';
import { settingsOf, withSettings } from './settings.js';
import { type Session, verb } from './verb.js';

const HELP = `
Each setting is a flag or a variable in the environment; flags win. --port is GLIMPSE_PORT, and so on.

Examples:
  glimpse serve                                   on this machine only, no tokens needed
  glimpse serve --port 0 --json                   on a free port, which the printed line names
  glimpse serve --host 0.0.0.0 --tls-cert server.pem --tls-key server.key
                                                  for other machines, which need tokens: glimpse token create

SIGTERM or Ctrl-C stops it: what was accepted is finished first. A second one ends it at once, as SIGKILL would; what was acknowledged is kept.`;

export function addServe(root: Command, session: Session): void {
  const command = withSettings(root.command('serve').description('start the server').addHelpText('after', HELP), Object.keys(SETTINGS) as SettingName[]);
  verb(session, command, async ({ out }) => {
    const config = settingsOf(command);
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

async function openLogger(level: string): Promise<Logger> {
  const { openLog } = await import('../server/log.js');
  try {
    return openLog(level);
  } catch (error) {
    throw new UsageError((error as Error).message, SETTINGS.logLevel.doc);
  }
}

/**
 * Resolves at the first SIGINT or SIGTERM; a second one ends the process, whatever it is doing. By SIGKILL, which loses nothing that was acknowledged: an exit
 * would wait for threads inside a network, whose native code answers the end of its JavaScript by aborting the process.
 */
function firstSignal(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (): void => {
      if (asked) process.kill(process.pid, 'SIGKILL');
      asked = true;
      resolve();
    };
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  });
}
