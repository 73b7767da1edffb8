import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Backend, BACKENDS } from './tfjs/backend.js';

export type RuntimeName = `onnx-${Provider}` | Backend;
/** ONNX Runtime's name for what computes. */
export type Provider = 'cpu' | 'cuda' | 'tensorrt' | 'coreml' | 'dml' | 'webgpu';

/** A way to run the networks. */
export interface Candidate {
  readonly name: RuntimeName;
  readonly runtime: 'onnx' | 'tfjs';
  readonly device: Provider;
  /** Only a candidate that never surprises is taken unasked: neither experimental, nor minutes at each start. */
  readonly unasked: boolean;
  /** Where it exists at all; everywhere unless said. */
  readonly platform?: NodeJS.Platform;
  /** Why it is not installed; undefined when it is. */
  readonly missing: () => string | undefined;
  /** How to get it. */
  readonly cure: string;
}

const require = createRequire(import.meta.url);

const CUDA_FILES = 'ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install.js';
const TFJS = '4.22.0';

/** The best first. Source of the versions: the packages' own documentation; of the order on a CPU: docs/runtimes.md. */
const ALL: readonly Candidate[] = [
  onnx('cuda', true, `${CUDA_FILES}   (Linux x64, an NVIDIA driver, CUDA 12 and cuDNN 9; any Node that Glimpse runs on)`, 'linux'),
  tfjs('tfjs-node-gpu', 'cuda', `npm install --no-save @tensorflow/tfjs-node-gpu@${TFJS}   (Node 20 or 22, CUDA 11.2 and cuDNN 8.1)`),
  onnx('tensorrt', false, `${CUDA_FILES}   (Linux x64, an NVIDIA driver, CUDA 12, cuDNN 9 and TensorRT 10), then --device tensorrt`, 'linux'),
  onnx('coreml', false, 'a Mac; then --device coreml', 'darwin'),
  onnx('dml', false, 'a GPU with DirectX 12; then --device dml', 'win32'),
  onnx('webgpu', false, 'apt-get install libvulkan1 mesa-vulkan-drivers   (Linux with a GPU; or its maker’s Vulkan driver), then --device webgpu'),
  onnx('cpu', true, 'npm ci'),
  tfjs('tfjs-node', 'cpu', `npm install --no-save @tensorflow/tfjs-node@${TFJS}   (Node 20 or 22; no CUDA)`),
  tfjs('tfjs-wasm', 'cpu', `npm install --no-save @tensorflow/tfjs-core@${TFJS} @tensorflow/tfjs-backend-wasm@${TFJS}   (any Node, any machine)`),
  tfjs('tfjs-cpu', 'cpu', `npm install --no-save @tensorflow/tfjs-core@${TFJS} @tensorflow/tfjs-backend-cpu@${TFJS}   (any Node, any machine)`),
];

export const CANDIDATES = ALL.filter(({ platform }) => platform === undefined || platform === process.platform);

/** Whether passes of many rows pay: on a GPU. */
export const onGpu = (runtime: RuntimeName): boolean => ALL.some(({ name, device }) => name === runtime && device !== 'cpu');

function onnx(device: Provider, unasked: boolean, cure: string, platform?: NodeJS.Platform): Candidate {
  return { name: `onnx-${device}`, runtime: 'onnx', device, unasked, cure, missing: () => missingProvider(device), ...(platform && { platform }) };
}

function tfjs(name: Backend, device: Provider, cure: string): Candidate {
  return { name, runtime: 'tfjs', device, unasked: true, cure, missing: () => BACKENDS[name].packages.map(missingPackage).find((why) => why !== undefined) };
}

function missingPackage(name: string): string | undefined {
  return folderOf(name) === undefined ? `the package ${name} is not installed` : undefined;
}

/** What the package says of itself, but for the two whose files its install script fetches: it knows them, whether they are there or not. */
function missingProvider(provider: Provider): string | undefined {
  const folder = folderOf('onnxruntime-node');
  if (folder === undefined) return missingPackage('onnxruntime-node');
  const binaries = join(folder, 'bin', 'napi-v6', process.platform, process.arch);
  if (!existsSync(join(binaries, 'onnxruntime_binding.node'))) return `onnxruntime-node has no build for ${process.platform} ${process.arch}`;
  if (provider === 'cpu') return undefined;
  if (provider === 'cuda' || provider === 'tensorrt') {
    const library = `libonnxruntime_providers_${provider}.so`;
    return existsSync(join(binaries, library)) ? undefined : `onnxruntime-node lies here without ${library}`;
  }
  const { listSupportedBackends } = require('onnxruntime-node') as { listSupportedBackends: () => { name: string }[] };
  return listSupportedBackends().some(({ name }) => name === provider) ? undefined : `this build of onnxruntime-node has no ${provider}`;
}

function folderOf(name: string): string | undefined {
  try {
    return dirname(require.resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}
