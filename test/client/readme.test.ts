import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { ROOT } from '../../src/paths.js';
import { withFolder } from '../support/folder.js';
import { startFake } from '../support/server.js';

const CLIENT = new URL('../../src/client/index.js', import.meta.url).href;

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  noEmit: true,
  types: ['node'],
  typeRoots: [join(ROOT, 'node_modules', '@types')],
  paths: { glimpse: [join(ROOT, 'src', 'client', 'index.ts')] },
};

describe('the program in the README', function () {
  this.timeout(60_000);
  const [, program = ''] = /```ts\n([^]*?)```/.exec(readFileSync(join(ROOT, 'README.md'), 'utf8')) ?? [];

  it('has no type errors', () =>
    withFolder(async (folder) => {
      const file = join(folder, 'program.mts');
      await writeFile(file, program);
      const found = ts.getPreEmitDiagnostics(ts.createProgram([file], options)).filter((diagnostic) => diagnostic.file?.fileName === file || !diagnostic.file);
      assert.deepEqual(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')), []);
    }));

  it('enrols Ada and finds her again', async () => {
    const fake = await startFake();
    try {
      await withFolder(async (folder) => {
        const pictures = { 'ada.jpg': 'ada', 'frame-1.jpg': 'ada stranger', 'frame-2.jpg': '!cut short', 'frame-3.jpg': 'ada' };
        await Promise.all(Object.entries(pictures).map(([name, shows]) => writeFile(join(folder, name), shows)));
        const plain = ts.transpile(program, { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022 });
        await writeFile(join(folder, 'program.mjs'), plain.replace("'glimpse'", `'${CLIENT}'`).replace('127.0.0.1:50051', fake.server.address));
        const { stdout } = await promisify(execFile)(process.execPath, ['program.mjs'], { cwd: folder });
        const [id = '', ...lines] = stdout.trimEnd().split('\n');
        assert.match(id, /^[0-9a-f-]{36}$/);
        assert.deepEqual(lines.map((line) => line.split(' ').slice(0, 3).join(' ')), ['1 KNOWN Ada', '1 UNKNOWN Ada', '2 UNDECODABLE cut', '3 KNOWN Ada']);
      });
    } finally {
      await fake.stop();
    }
  });
});
