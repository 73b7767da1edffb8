import { type Command, Option } from 'commander';
import { environmentName, SETTINGS } from '../config.js';

export interface DataDirOptions {
  readonly dataDir: string;
}

/** For the verbs that work on the data folder itself. */
export function dataDir(command: Command): Command {
  const { flag, doc, fallback } = SETTINGS.dataDir;
  return command.addOption(new Option(`--${flag} <folder>`, doc).env(environmentName(flag)).default(fallback));
}
