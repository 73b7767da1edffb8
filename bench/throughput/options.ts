import { availableParallelism } from 'node:os';
import { MODELS_DIR } from '../../src/paths.js';
import { asked, whole } from '../support/options.js';

export interface Options {
  readonly json: boolean;
  readonly rounds: number;
  readonly seconds: number;
  readonly modelsDir: string;
  /** Threads of the bare trial and of the service. */
  readonly workers: number;
  /** Pixels to which the photographs are scaled before anything is measured; 0: as they are. */
  readonly width: number;
  /** Folder in which the CPU profiles of the server are kept; empty: they go once they have been read. */
  readonly profile: string;
  /** Where everything that was measured is written, for bench:report; empty: nowhere. */
  readonly save: string;
  /** A folder of packages that has tfjs-node, for the peer; empty: what this project installs. */
  readonly peerPackages: string;
  /** Networks and service only: no load of a given rate, no peer. */
  readonly brief: boolean;
}

const USAGE = `npm run bench -- [--json] [--rounds N] [--seconds N] [--workers N] [--width N] [--models-dir DIR] [--profile DIR] [--brief]
  --rounds N      how often each trial is run (3)
  --seconds N     length of a trial (10)
  --workers N     worker threads, bare and in the service (one a core)
  --width N       scale the photographs to this width first (640; 0: as they are, 1920)
  --models-dir D  folder of the networks
  --profile DIR   keep the CPU profiles of the server there
  --brief         neither latency under given loads nor the peer
  --peer-packages DIR  a node_modules that has @tensorflow/tfjs-node, for the peer (bench/tfjs-node builds one)
  --save FILE     write all that was measured there, for npm run bench:report
  --json          end with one line of JSON`;

export function readOptions(args: readonly string[]): Options {
  const values = asked(USAGE, {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '10' },
    workers: { type: 'string', default: String(availableParallelism()) },
    width: { type: 'string', default: '640' },
    'models-dir': { type: 'string', default: MODELS_DIR },
    profile: { type: 'string', default: '' },
    'peer-packages': { type: 'string', default: '' },
    save: { type: 'string', default: '' },
    brief: { type: 'boolean', default: false },
  }, args);
  return {
    json: values.json,
    rounds: whole('--rounds', values.rounds, 1),
    seconds: whole('--seconds', values.seconds, 1),
    workers: whole('--workers', values.workers, 1),
    width: whole('--width', values.width, 0),
    modelsDir: values['models-dir'],
    profile: values.profile,
    peerPackages: values['peer-packages'],
    brief: values.brief,
    save: values.save,
  };
}
