// The borders of the house (docs/architecture.md). A crossed one fails the lint.
const leaves = ['vision', 'runtime', 'track', 'gallery', 'recording', 'calibration'];
/** What every room may use. */
const ground = '^src/(cosine|errors|types|paths)\\.ts$|^src/simd/';

/** Only `room` may import the package. */
const soleImporter = (pkg, room) => ({
  name: `${pkg}-only-in-${room.replace(/\W/g, '-')}`,
  severity: 'error',
  from: { pathNot: `^src/${room}` },
  to: { path: `node_modules/${pkg}` },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    ...leaves.map((room) => ({
      name: `${room}-is-a-leaf`,
      comment: 'Leaf rooms know cosine.ts, errors.ts, types.ts, paths.ts and simd/, never another room.',
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: '^src/', pathNot: [`^src/${room}/`, ground] },
    })),
    {
      name: 'simd-knows-nobody',
      severity: 'error',
      from: { path: '^src/simd/' },
      to: { path: '^src/', pathNot: ['^src/simd/', '^src/generated/((graph|shared)-)?kernels\\.ts$'] },
    },
    {
      name: 'pipeline-knows-leaves',
      severity: 'error',
      from: { path: '^src/pipeline/' },
      to: { path: '^src/', pathNot: ['^src/(pipeline|vision|runtime|track|gallery|calibration)/', '^src/(cosine|errors|types|paths)\\.ts$'] },
    },
    { name: 'nobody-imports-the-server', severity: 'error', from: { pathNot: '^src/(server/|cli/serve|cli/token|cli/migrate)' }, to: { path: '^src/server/' } },
    { name: 'client-knows-only-the-proto', severity: 'error', from: { path: '^src/client/' }, to: { path: '^src/', pathNot: ['^src/(client|generated)/', '^src/(definitions|errors|types|paths)\\.ts$'] } },
    { name: 'src-never-reads-training', severity: 'error', from: { path: '^src/' }, to: { path: '^(training|bench|test)/' } },
    soleImporter('better-sqlite3', 'gallery/'),
    soleImporter('onnxruntime-node', 'runtime/'),
    soleImporter('@tensorflow', 'runtime/'),
    soleImporter('sharp', '(vision|pipeline|cli)/'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
