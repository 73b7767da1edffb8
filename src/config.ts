import { availableParallelism } from 'node:os';
import { GlimpseError } from './errors.js';
import { MODELS_DIR } from './paths.js';
import { GROUPINGS } from './types.js';

/** One setting: `--flag`, `GLIMPSE_FLAG` in the environment, a default, a line of documentation. */
interface Setting<T> {
  readonly flag: string;
  readonly fallback: T;
  readonly doc: string;
  /** Turns the text of a flag or variable into the value, or throws a plain Error that says what is wanted. */
  readonly parse: (text: string) => T;
}

const text = (flag: string, fallback: string, doc: string): Setting<string> => ({ flag, fallback, doc, parse: (s) => s });

const oneOf = <T extends string>(flag: string, choices: readonly [T, ...T[]], doc: string): Setting<T> => ({
  flag,
  fallback: choices[0],
  doc,
  parse: (s) => {
    const found = choices.find((choice) => choice === s);
    if (found === undefined) throw new Error(`must be one of ${choices.join(', ')}`);
    return found;
  },
});

const yesNo = (flag: string, doc: string): Setting<boolean> => ({
  flag,
  fallback: false,
  doc,
  parse: (s) => {
    if (!['true', 'false', '1', '0', ''].includes(s)) throw new Error('must be true or false');
    return s === 'true' || s === '1' || s === '';
  },
});

function number(flag: string, fallback: number, [min, max]: readonly [number, number], doc: string): Setting<number> {
  const parse = (s: string): number => {
    const value = Number(s);
    if (s.trim() === '' || !(value >= min && value <= max)) throw new Error(`must be a number from ${min} to ${max}`);
    return value;
  };
  return { flag, fallback, doc, parse };
}

function whole(flag: string, fallback: number, range: readonly [number, number], doc: string): Setting<number> {
  const inner = number(flag, fallback, range, doc);
  const parse = (s: string): number => {
    const value = inner.parse(s);
    if (!Number.isInteger(value)) throw new Error('must be a whole number');
    return value;
  };
  return { ...inner, parse };
}

const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds, or a number with a unit. */
function span(flag: string, fallback: number, [min, max]: readonly [number, number], doc: string): Setting<number> {
  const parse = (s: string): number => {
    const [, count = '', unit = ''] = /^(\d+)([smhd]?)$/.exec(s) ?? [];
    const value = count === '' ? NaN : Number(count) * (UNITS[unit] ?? NaN);
    if (!(value >= min && value <= max)) throw new Error(`must be ${min} to ${max} seconds, as a number or with a unit (90m, 12h, 7d)`);
    return value;
  };
  return { flag, fallback, doc, parse };
}

/** Every setting of the server, once. The order is that of `glimpse serve --help` and of docs/operations.md. */
export const SETTINGS = {
  host: text('host', '127.0.0.1', 'address to listen on; any but a loopback address needs TLS and tokens, or --insecure'),
  port: whole('port', 50051, [0, 65535], 'port to listen on; 0 takes a free one'),
  dataDir: text('data-dir', './glimpse-data', 'folder of the gallery'),
  modelsDir: text('models-dir', MODELS_DIR, 'folder of the networks and their contracts'),
  tlsCert: text('tls-cert', '', 'PEM file of the server certificate'),
  tlsKey: text('tls-key', '', 'PEM file of its private key'),
  tlsClientCa: text('tls-client-ca', '', 'PEM file of the authority whose client certificates are required (mTLS)'),
  requireTokens: yesNo('require-tokens', 'ask for bearer tokens on loopback too'),
  insecure: yesNo('insecure', 'serve other machines without TLS and tokens: anybody who reaches the port can read and change the gallery'),
  runtime: oneOf('runtime', ['auto', 'onnx', 'tfjs'], 'what runs the networks: ONNX Runtime or TensorFlow.js; glimpse doctor says which work here'),
  device: oneOf('device', ['auto', 'cpu', 'gpu', 'cuda', 'tensorrt', 'coreml', 'dml', 'webgpu'], 'what they run on: cpu, gpu, or a kind of gpu'),
  batching: oneOf('batching', ['auto', 'on', 'off'], 'one thread runs the networks for all streams, many faces a pass; auto: on a gpu'),
  workers: whole('workers', availableParallelism(), [1, 256], 'threads that decode, detect and embed'),
  detectorSize: whole('detector-size', 640, [160, 1920], 'longer side, in pixels, at which faces are looked for'),
  minFaceSize: whole('min-face-size', 20, [8, 1000], 'smallest face that is looked at: shorter side of its box in pixels'),
  maxFaces: whole('max-faces', 100, [1, 1000], 'most faces of a frame that are embedded, largest first'),
  maxMessageBytes: whole('max-message-bytes', 16 * 2 ** 20, [65536, 2 ** 30], 'largest request'),
  maxPixels: whole('max-pixels', 50_000_000, [10_000, 1_000_000_000], 'largest picture, width times height'),
  maxStreams: whole('max-streams', 64, [1, 10_000], 'most Identify streams at a time'),
  maxWatchers: whole('max-watchers', 1000, [1, 100_000], 'most Watch streams at a time'),
  maxFrameRate: number('max-frame-rate', 120, [0.1, 10_000], 'most frames a second of one stream; above it LATEST answers OVERLOADED and ALL slows the sender'),
  enrollMinEyeDistance: number('enroll-min-eye-distance', 16, [1, 1000], 'enrolment: smallest distance of the eyes in pixels'),
  enrollMinSharpness: number('enroll-min-sharpness', 0.15, [0, 1], 'enrolment: least sharpness'),
  enrollMinVisibility: number('enroll-min-visibility', 0.5, [0, 1], 'enrolment: least share of the face that can be seen'),
  minVisibility: number('min-visibility', 0.1, [0, 1], 'recognition: a face that shows less is answered as POOR'),
  fpir: number('fpir', 0.001, [1e-6, 0.1], 'recognition: false alarms accepted, as the share of searches for a stranger that name somebody; 0.001 is one in a thousand'),
  group: oneOf('group', GROUPINGS, 'how alike a face and a person are: by the nearest enrolled face, the mean of the three nearest, or the mean of all but outliers; thresholds are measured for best'),
  requestMemory: whole('request-memory', 86_400, [0, 31_536_000], 'seconds for which the answer to a request id is kept'),
  eventsKept: span('events-kept', 604_800, [60, 315_360_000], 'how long events are kept: seconds, or with a unit (90m, 12h, 7d)'),
  webhook: text('webhook', '', 'address that each event is posted to as JSON; https, unless it is on this machine'),
  webhookSecretFile: text('webhook-secret-file', '', 'file with the secret, 16 characters or more, that posted events are signed with'),
  logLevel: text('log-level', 'info', 'trace, debug, info, warn, error, fatal or silent'),
} as const;

export type SettingName = keyof typeof SETTINGS;
export type Config = { readonly [Name in SettingName]: ReturnType<(typeof SETTINGS)[Name]['parse']> };

export const environmentName = (flag: string): string => `GLIMPSE_${flag.toUpperCase().replaceAll('-', '_')}`;

/**
 * Flags before environment before defaults; frozen. Throws `invalid` naming the setting, where it came from and what
 * it wants; an unknown `GLIMPSE_…` variable is refused too, because it is most likely misspelt.
 */
export function loadConfig(flags: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv = process.env): Config {
  refuseUnknown(flags, env);
  const entries = Object.entries(SETTINGS).map(([name, setting]) => [name, read(setting, flags, env)] as const);
  return Object.freeze(Object.fromEntries(entries)) as Config;
}

function read(setting: Setting<unknown>, flags: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv): unknown {
  const variable = environmentName(setting.flag);
  const fromFlag = flags[setting.flag];
  const given = fromFlag ?? env[variable];
  if (given === undefined) return setting.fallback;
  try {
    return setting.parse(given);
  } catch (error) {
    const where = fromFlag === undefined ? variable : `--${setting.flag}`;
    throw invalidSetting(where, `${where} ${(error as Error).message}, not ${JSON.stringify(given)}`, setting.doc);
  }
}

/** Variables of ours that are no server settings: the client's address and token. */
const CLIENT_VARIABLES = ['GLIMPSE_ADDRESS', 'GLIMPSE_TOKEN', 'GLIMPSE_TLS_CA'];

function refuseUnknown(flags: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv): void {
  const known = Object.values(SETTINGS).map((setting) => setting.flag);
  const variables = new Set([...known.map(environmentName), ...CLIENT_VARIABLES]);
  const wrong = [
    ...Object.keys(flags).filter((flag) => !known.includes(flag as never)).map((flag) => `--${flag}`),
    ...Object.keys(env).filter((name) => name.startsWith('GLIMPSE_') && !variables.has(name)),
  ][0];
  if (wrong !== undefined) throw invalidSetting(wrong, `${wrong} is not a setting of Glimpse`, 'see: glimpse serve --help');
}

function invalidSetting(field: string, message: string, cure: string): GlimpseError {
  return new GlimpseError('invalid', message, { field, reason: 'BAD_SETTING', cure });
}
