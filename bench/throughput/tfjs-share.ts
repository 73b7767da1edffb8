import Module from 'node:module';

interface Resolver {
  _resolveFilename(request: string, ...rest: unknown[]): string;
}

type Op = (...operands: unknown[]) => unknown;
type Core = Readonly<Record<string, unknown>> & { readonly Tensor: { readonly prototype: Record<string, unknown> }; readonly reshape: Op; readonly cast: Op };

/**
 * face-api asks for the package `@tensorflow/tfjs`. What it needs of it is the core, a development dependency here, with the operations
 * as methods of tensors, which that package adds.
 */
export function shareOfTfjs(require: NodeJS.Require): void {
  const resolver = Module as unknown as Resolver;
  const usual = resolver._resolveFilename.bind(Module);
  const path = require.resolve('@tensorflow/tfjs-core');
  resolver._resolveFilename = (request, ...rest) => (request === '@tensorflow/tfjs' ? path : usual(request, ...rest));
  chain(require(path) as Core);
}

function chain(core: Core): void {
  const { prototype } = core.Tensor;
  const add = (name: string, op: (tensor: unknown, ...rest: unknown[]) => unknown): void => {
    if (name in prototype) return;
    prototype[name] = function (this: unknown, ...rest: unknown[]): unknown {
      return op(this, ...rest);
    };
  };
  for (const [name, op] of Object.entries(core)) if (typeof op === 'function') add(name, op as Op);
  for (const rank of [1, 2, 3, 4, 5]) add(`as${rank}D`, (tensor, ...sides) => core.reshape(tensor, rank === 1 ? [(tensor as { size: number }).size] : sides));
  add('asType', (tensor, type) => core.cast(tensor, type));
  add('toFloat', (tensor) => core.cast(tensor, 'float32'));
  add('toInt', (tensor) => core.cast(tensor, 'int32'));
}
