import type { Command } from 'commander';
import type { Diagnosis } from '../runtime/choose.js';
import { EXIT } from './exit.js';
import { settingsOf, withSettings } from './settings.js';
import { textTable } from './table.js';
import { type Session, verb } from './verb.js';

const HELP = `
Runs both networks on every way to run networks that is installed (seconds), and says which one \`glimpse serve\` would take with
the same settings, the best first.

Examples:
  glimpse doctor                                  what is there, what works, how to get more
  glimpse doctor --runtime tfjs --json            the same for a server with --runtime tfjs`;

export function addDoctor(root: Command, session: Session): void {
  const plain = root.command('doctor').description('which runtimes can run the networks on this machine').addHelpText('after', HELP);
  const command = withSettings(plain, ['modelsDir', 'runtime', 'device']);
  verb(session, command, async ({ out }) => {
    const { modelsDir, runtime, device } = settingsOf(command);
    const { diagnose } = await import('../runtime/choose.js');
    const runtimes = await diagnose({ runtime, device }, modelsDir);
    const { version: node, platform, arch } = process;
    await out.result({ node, platform, arch, runtimes }, () => [`Node ${node}, ${platform} ${arch}`, table(runtimes), advice(runtimes)].join('\n\n'));
    return runtimes.some(({ chosen }) => chosen) ? EXIT.ok : EXIT.failed;
  });
}

function table(runtimes: readonly Diagnosis[]): string {
  const mark = (yes: boolean): string => (yes ? 'yes' : 'no');
  const rows = runtimes.map(({ name, installed, usable, chosen, why }) => [name, mark(installed), mark(usable), chosen ? 'chosen' : '', why]);
  return textTable(['runtime', 'installed', 'works', '', 'why'], rows);
}

/** How to get each runtime that would be taken before the chosen one, or any that would do if there is none. */
function advice(runtimes: readonly Diagnosis[]): string {
  const chosen = runtimes.findIndex((runtime) => runtime.chosen);
  const before = chosen === -1 ? runtimes : runtimes.slice(0, chosen);
  const steps = before.filter(({ cure }) => cure !== '').map(({ name, cure }) => `  ${name}: ${cure}`);
  if (steps.length === 0) return chosen === -1 ? 'Nothing on this platform does what was asked for.' : 'No better one is known for this machine.';
  return [chosen === -1 ? 'Nothing here does what was asked for. To get it:' : 'To get a better one:', ...steps].join('\n');
}
