/** How the scripts of this folder are asked for something: `--help`, and one line instead of a stack where an option makes no sense. */
import { parseArgs, type ParseArgsConfig } from 'node:util';

type Config = NonNullable<ParseArgsConfig['options']>;
type Values<T extends Config> = ReturnType<typeof parseArgs<{ args: string[]; options: T }>>['values'];

/** The values of `options` on the command line. `--help` prints `usage` and ends the process; an option that is none of them ends it with 2. */
export function asked<const T extends Config>(usage: string, options: T, args: readonly string[] = process.argv.slice(2)): Values<T> {
  if (args.includes('--help')) {
    process.stdout.write(`${usage}\n`);
    process.exit(0);
  }
  try {
    return parseArgs<{ args: string[]; options: T }>({ args: [...args], options }).values;
  } catch (cause) {
    return fail(`${(cause as Error).message}\n\n${usage}`);
  }
}

/** A whole number from `least` on. */
export function whole(flag: string, text: string, least: number): number {
  const value = number(flag, text, least);
  return Number.isInteger(value) ? value : fail(`${flag} has to be a whole number, not ${text}`);
}

/** A number from `least` on. */
export function number(flag: string, text: string, least: number): number {
  const value = Number(text);
  return text.trim() !== '' && value >= least ? value : fail(`${flag} has to be a number from ${least} on, not ${text}`);
}

/** Ends the process with 2. */
export function fail(text: string): never {
  process.stderr.write(`${text}\n`);
  process.exit(2);
}
