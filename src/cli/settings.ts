import { type Command, Option } from 'commander';
import { type Config, environmentName, loadConfig, type SettingName, SETTINGS } from '../config.js';

/** For verbs that take settings of the server: a flag each, as `glimpse serve` has it. */
export function withSettings(command: Command, names: readonly SettingName[]): Command {
  for (const name of names) command.addOption(toOption(SETTINGS[name]));
  return command;
}

/** The settings of this call: flags, else the environment, else the defaults. Throws what `loadConfig` throws. */
export function settingsOf(command: Command): Config {
  return loadConfig(flagsOf(command));
}

function toOption({ flag, fallback, doc }: (typeof SETTINGS)[SettingName]): Option {
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
