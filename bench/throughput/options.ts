import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { MODELS_DIR } from '../../src/paths.js';

export interface Options {
  readonly json: boolean;
  readonly rounds: number;
  readonly seconds: number;
  readonly modelsDir: string;
  /** Threads of the bare trial and of the service. */
  readonly workers: number;
  /** Folder for CPU profiles of the server; empty: none are taken. */
  readonly profile: string;
}

const USAGE = `npm run bench -- [--json] [--rounds N] [--seconds N] [--workers N] [--models-dir DIR] [--profile DIR]
  --rounds N      how often each trial is run (3)
  --seconds N     length of a trial (10)
  --workers N     worker threads, bare and in the service (one a core)
  --models-dir D  folder of the networks
  --profile DIR   write CPU profiles of the server there; figures taken with it are not comparable
  --json          end with one line of JSON`;

export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '10' },
      workers: { type: 'string', default: String(availableParallelism()) },
      'models-dir': { type: 'string', default: MODELS_DIR },
      profile: { type: 'string', default: '' },
    },
  });
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    process.exit(0);
  }
  return {
    json: values.json,
    rounds: positive('--rounds', values.rounds),
    seconds: positive('--seconds', values.seconds),
    workers: positive('--workers', values.workers),
    modelsDir: values['models-dir'],
    profile: values.profile,
  };
}

function positive(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${flag} has to be a whole number above 0, not ${text}`);
  return value;
}
