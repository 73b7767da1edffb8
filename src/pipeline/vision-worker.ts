import { parentPort, workerData } from 'node:worker_threads';
import { join } from 'node:path';
import { GlimpseError, type ErrorDetail, type ErrorKind } from '../errors.js';
import type { RuntimeName } from '../runtime/candidates.js';
import { readDetectorContract, readEmbedderContract } from '../runtime/contract.js';
import { openNetwork } from '../runtime/open.js';
import type { AnalyseOptions, FrameAnalysis, ImageSource } from '../types.js';
import { Analyser } from '../vision/analyse.js';

/** What a worker is told when it starts. */
export interface WorkerSettings {
  readonly modelsDir: string;
  readonly detectorSize: number;
  readonly maxPixels: number;
  /** What runs the networks; ONNX Runtime on the CPU unless said. */
  readonly runtime?: RuntimeName;
}

export interface Task {
  readonly source: ImageSource;
  readonly options: AnalyseOptions;
}

/** An error that survives the way between threads: structured cloning would strip a GlimpseError of all but its text. */
export interface Failure {
  readonly kind: ErrorKind;
  readonly message: string;
  readonly detail: ErrorDetail;
}

export type Reply = { readonly analysis: FrameAnalysis } | { readonly failure: Failure };

/** Sent once by every worker, when its networks are warm or cannot be opened. */
export interface Started {
  readonly started: true;
  readonly failure?: Failure;
}

type Handler = (task: Task) => Promise<Reply>;

/** Piscina awaits the handler before it gives this worker any task. */
export default start(workerData as WorkerSettings);

async function start(settings: WorkerSettings): Promise<Handler> {
  try {
    const analyser = await open(settings);
    await analyser.warmUp({ width: settings.detectorSize, height: Math.ceil(settings.detectorSize * 0.75) });
    announce({ started: true });
    return (task) => analyser.analyse(task.source, task.options).then((analysis) => ({ analysis }), failed);
  } catch (error) {
    announce({ started: true, ...failed(error) });
    return () => Promise.resolve(failed(error));
  }
}

async function open({ modelsDir, detectorSize, maxPixels, runtime = 'onnx-cpu' }: WorkerSettings): Promise<Analyser> {
  const [detectorPath, embedderPath] = [join(modelsDir, 'detector.json'), join(modelsDir, 'embedder.json')];
  const detector = await readDetectorContract(detectorPath);
  const embedder = await readEmbedderContract(embedderPath);
  const parts = {
    detector: { network: await openNetwork(runtime, detectorPath, detector), settings: detector },
    embedder: { network: await openNetwork(runtime, embedderPath, embedder), settings: embedder },
  };
  return new Analyser(parts, { detector: { size: detectorSize }, maxPixels });
}

function announce(message: Started): void {
  parentPort?.postMessage(message);
}

function failed(error: unknown): { readonly failure: Failure } {
  if (error instanceof GlimpseError) return { failure: { kind: error.kind, message: error.message, detail: error.detail } };
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { failure: { kind: 'internal', message, detail: { reason: 'VISION_FAILED', cure: 'report this with the server log' } } };
}
