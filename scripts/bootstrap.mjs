// Brings a fresh clone to the point where everything runs: install, then build. Plain Node, because nothing is installed yet.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const quiet = process.argv.includes('--quiet');

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  fail(`Glimpse needs Node 20.19 or later; this is ${process.versions.node}.`);
}

if (installIsStale()) {
  say('Installing packages (native ones are compiled: a minute or two) …');
  npm(['ci'], nativeEnvironment());
  writeFileSync(stampPath(), lockHash());
}
say('Building …');
npm(['run', '-s', 'build'], process.env);

/** Stale: never installed, or the lock file changed since. */
function installIsStale() {
  return !existsSync(stampPath()) || readFileSync(stampPath(), 'utf8') !== lockHash();
}

function stampPath() {
  return join(root, 'node_modules', '.glimpse-installed');
}

function lockHash() {
  return createHash('sha256').update(readFileSync(join(root, 'package-lock.json'))).update(process.version).digest('hex');
}

/**
 * node-gyp wants Node's headers and would download them. Where this Node came with its own (official archives,
 * distribution packages), point node-gyp there, so that the native packages compile without a network.
 */
function nativeEnvironment() {
  const prefix = dirname(dirname(process.execPath));
  const hasHeaders = existsSync(join(prefix, 'include', 'node', 'node_version.h'));
  const chosen = process.env.npm_config_nodedir ?? (hasHeaders ? prefix : undefined);
  return chosen === undefined ? process.env : { ...process.env, npm_config_nodedir: chosen };
}

function npm(args, env) {
  // Output goes to stderr: standard output belongs to the command that follows (its last line may be JSON).
  const done = spawnSync('npm', args, { cwd: root, env, stdio: ['ignore', quiet ? 'pipe' : 2, quiet ? 'pipe' : 2], encoding: 'utf8' });
  if (done.status === 0) return;
  if (quiet) process.stderr.write(`${done.stdout ?? ''}${done.stderr ?? ''}`);
  fail(`npm ${args.join(' ')} failed; the lines above say why. A C++ compiler, make and Python 3 are needed once, to install.`);
}

function say(text) {
  if (!quiet || text.startsWith('Installing')) process.stderr.write(`${text}\n`);
}

function fail(text) {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
