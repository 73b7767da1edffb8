/**
 * What a change has to pass: the linters beside the tests, whose files run in a process a core, four at most. Everything runs to its end, so that one run tells all that is wrong.
 * Further arguments go to mocha.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';

const tests = run('mocha', ['--jobs', String(Math.min(4, availableParallelism())), ...process.argv.slice(2)], 'inherit');
const linters = run('npm', ['run', '-s', 'lint'], 'pipe');
const said = [];
for (const stream of [linters.stdout, linters.stderr]) stream.on('data', (chunk) => said.push(chunk));

const [[tested], [linted]] = await Promise.all([once(tests, 'close'), once(linters, 'close')]);
process.stdout.write(Buffer.concat(said));
process.exitCode = tested === 0 && linted === 0 ? 0 : 1;

function run(command, args, output) {
  return spawn(command, args, { stdio: ['ignore', output, output], shell: process.platform === 'win32' });
}
