// Compiles src/simd/assembly (AssemblyScript) to WebAssembly, as a module of the generated code. Does nothing while its source is unchanged.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const target = join(root, 'src', 'generated', 'kernels.ts');
const source = readFileSync(join(root, 'src', 'simd', 'assembly', 'index.ts'), 'utf8');
const mark = `// ${createHash('sha256').update(source).update(readFileSync(import.meta.filename)).digest('hex')}`;

if (!existsSync(target) || !readFileSync(target, 'utf8').startsWith(mark)) await compile();

async function compile() {
  const { default: asc } = await import('assemblyscript/asc');
  const options = ['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--enable', 'simd', '--outFile', 'kernels.wasm'];
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
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, `${mark}\nexport const KERNELS = '${Buffer.from(binary).toString('base64')}';\n`);
}
