// Compiles src/simd/assembly (AssemblyScript) to WebAssembly, as modules of the generated code. Does nothing while a source is unchanged.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');

// Threads may share the memory of vectors and of a graph; a shared memory has to name its bound, and four gigabytes is all there is.
const SHARED = ['--enable', 'threads', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'];
await bring('index.ts', 'kernels.ts', 'KERNELS', []);
await bring('index.ts', 'shared-kernels.ts', 'SHARED_KERNELS', SHARED);
await bring('graph.ts', 'graph-kernels.ts', 'GRAPH_KERNELS', SHARED);

async function bring(from, to, name, options) {
  const source = readFileSync(join(root, 'src', 'simd', 'assembly', from), 'utf8');
  const target = join(root, 'src', 'generated', to);
  const mark = `// ${createHash('sha256').update(source).update(readFileSync(import.meta.filename)).digest('hex')}`;
  if (existsSync(target) && readFileSync(target, 'utf8').startsWith(mark)) return;
  const binary = await compile(source, options);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, `${mark}\nexport const ${name} = '${Buffer.from(binary).toString('base64')}';\n`);
}

async function compile(source, more) {
  const { default: asc } = await import('assemblyscript/asc');
  const options = ['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--enable', 'simd', ...more, '--outFile', 'kernels.wasm'];
  let binary;
  const { error, stderr } = await asc.main(['index.ts', ...options], {
    readFile: (name) => (name === 'index.ts' ? source : null),
    writeFile: (_, contents) => { binary = contents; },
    listFiles: () => [],
  });
  if (error) {
    process.stderr.write(`${stderr.toString()}\n`);
    process.exit(1);
  }
  return binary;
}
