import { destination, type Logger, pino } from 'pino';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** JSON lines on stderr: standard output belongs to whoever starts the server. Throws a plain Error for an unknown level. */
export function openLog(level: string): Logger {
  if (!LEVELS.includes(level)) throw new Error(`log level ${JSON.stringify(level)} is none of ${LEVELS.join(', ')}`);
  return pino({ level, base: null }, destination({ dest: 2, sync: true }));
}
