import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Needle } from './needle.js';
import type { Scan } from './scan.js';
import type { ScanOrder, ScanReply } from './scan-process.js';

const SCRIPT = fileURLToPath(new URL('./scan-process.js', import.meta.url));

/** `scanFolder` in a process of its own. The needles travel through a pipe, never by a command line or a file. */
export function scanElsewhere(dir: string, needles: readonly Needle[]): Promise<Scan> {
  const child = fork(SCRIPT, [], { serialization: 'advanced', execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => { reject(new Error(`the scan ended without an answer (${signal ?? String(code)})`)); });
    child.once('message', (reply: ScanReply) => {
      if ('scan' in reply) resolve(reply.scan);
      else reject(new Error(reply.failure));
    });
    child.send({ dir, needles } satisfies ScanOrder, (error) => { if (error !== null) reject(error); });
  });
}
