import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The wheel whose library exports TensorFlow's C interface; tfjs-node asks for libtensorflow 2.9.1, and the interface has only grown since. */
const WHEEL = 'tensorflow-cpu==2.15.1';
const TFJS = '4.22.0';
/** What of the wheel the addon is compiled with. */
const HEADERS = ['tensorflow/include/tensorflow/c/', 'tensorflow/include/tensorflow/core/platform/', 'tensorflow/include/tsl/'];
const LIBRARIES = ['tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2'];

/**
 * tfjs-node without its download: the package from npm, the library from TensorFlow's wheel, the addon compiled between the two. A step whose
 * result lies in `folder` already is left out. Returns the folder of packages, for NODE_PATH. Throws an Error that says which step failed.
 */
export function buildTfjsNode(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const packages = join(folder, 'node_modules');
  const tfjsNode = join(packages, '@tensorflow', 'tfjs-node');
  if (!existsSync(tfjsNode)) fetchPackage(folder);
  if (!existsSync(join(tfjsNode, 'deps', 'lib'))) fetchLibrary(folder, join(tfjsNode, 'deps'));
  if (!existsSync(addonOf(tfjsNode))) compile(folder, tfjsNode);
  return packages;
}

const addonOf = (tfjsNode: string): string => join(tfjsNode, 'lib', 'napi-v8', 'tfjs_binding.node');

function fetchPackage(folder: string): void {
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  run('npm', ['install', '--ignore-scripts', '--no-save', `@tensorflow/tfjs-node@${TFJS}`], folder);
}

/** The wheel's library has TensorFlow's own names; the addon is linked against those of the C distribution. */
function fetchLibrary(folder: string, deps: string): void {
  run('python3', ['-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', '--python-version=3.11', '--platform=manylinux_2_17_x86_64', '--dest=.', WHEEL], folder);
  const wheel = readdirSync(folder).find((name) => name.endsWith('.whl')) ?? '';
  const unpack = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    wanted = [name for name in wheel.namelist() if name.startswith(tuple(sys.argv[3:]))]
    wheel.extractall(sys.argv[2], wanted)`;
  run('python3', ['-c', unpack, wheel, folder, ...HEADERS, ...LIBRARIES], folder);
  mkdirSync(join(deps, 'lib'), { recursive: true });
  symlinkSync(join(folder, 'tensorflow', 'include'), join(deps, 'include'));
  for (const library of LIBRARIES) symlinkSync(join(folder, library), join(deps, 'lib', library.slice('tensorflow/'.length)));
  symlinkSync('libtensorflow_cc.so.2', join(deps, 'lib', 'libtensorflow.so'));
  symlinkSync('libtensorflow_framework.so.2', join(deps, 'lib', 'libtensorflow_framework.so'));
}

/** With the node-gyp that npm carries: npm puts it on the path of a package's scripts. Headers are those of this Node, if it brought them. */
function compile(folder: string, tfjsNode: string): void {
  const prefix = dirname(dirname(process.execPath));
  const headers = existsSync(join(prefix, 'include', 'node', 'node_version.h')) ? `--nodedir=${prefix}` : '';
  const addon = `node-gyp rebuild ${headers} --module_name=tfjs_binding --module_path=${dirname(addonOf(tfjsNode))} --napi_build_version=8`;
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, scripts: { addon: `cd ${tfjsNode} && ${addon}` } }));
  run('npm', ['run', 'addon'], folder);
}

function run(command: string, args: readonly string[], cwd: string): void {
  process.stderr.write(`${command} ${args.map((arg) => arg.split('\n')[0]).join(' ').slice(0, 160)}\n`);
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status === 0) return;
  throw new Error(`${command} ${args.slice(0, 3).join(' ')} failed: ${error?.message ?? `${stdout}${stderr}`.slice(-2000)}`);
}
