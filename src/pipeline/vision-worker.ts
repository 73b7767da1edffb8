import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { RuntimeName } from '../runtime/candidates.js';
import type { Network } from '../runtime/network.js';
import { openNetwork } from '../runtime/open.js';
import type { AnalyseOptions, FrameAnalysis, ImageSource } from '../types.js';
import { Analyser } from '../vision/analyse.js';
import { failed, type Failure } from './failure.js';
import { LaneClient } from './lane-client.js';
import { openNetworks } from './networks.js';

/** What a worker is told when it starts. */
export interface WorkerSettings {
  readonly modelsDir: string;
  readonly detectorSize: number;
  readonly maxPixels: number;
  /** What runs the networks; ONNX Runtime on the CPU unless said. */
  readonly runtime?: RuntimeName;
  /** The networks of all workers share one thread, which runs them in batches; else each worker has its own. */
  readonly batching?: boolean;
}

export interface Task {
  readonly source: ImageSource;
  readonly options: AnalyseOptions;
  /** A number of the picture's own. */
  readonly picture: number;
}

export type Reply = { readonly analysis: FrameAnalysis } | { readonly failure: Failure };

/** Sent once by every worker, when its networks are warm or cannot be opened. */
export interface Started {
  readonly started: true;
  readonly failure?: Failure;
}

/** Sent before, by a worker whose networks lie elsewhere: the lane's end of its line. */
export interface Line {
  readonly line: MessagePort;
}

/** All faces of nearly every frame at once: the lane makes its own batches of them. */
const FACES_TO_LANE = 32;

type Handler = (task: Task) => Promise<Reply>;

/** Piscina awaits the handler before it gives this worker any task. */
export default start(workerData as WorkerSettings);

async function start(settings: WorkerSettings): Promise<Handler> {
  const lane = settings.batching === true ? new LaneClient() : undefined;
  if (lane !== undefined) parentPort?.postMessage({ line: lane.far } satisfies Line, [lane.far]);
  try {
    const analyser = await open(settings, lane);
    await analyser.warmUp();
    announce({ started: true });
    return ({ source, options, picture }) => {
      if (lane !== undefined) lane.ticket = { picture, stream: options.stream ?? 0 };
      return analyser.analyse(source, options).then((analysis) => ({ analysis }), failed);
    };
  } catch (error) {
    announce({ started: true, ...failed(error) });
    return () => Promise.resolve(failed(error));
  }
}

async function open({ modelsDir, detectorSize, maxPixels, runtime = 'onnx-cpu' }: WorkerSettings, lane: LaneClient | undefined): Promise<Analyser> {
  const parts = await openNetworks<Network>(modelsDir, (name, path, contract) => lane?.network(name) ?? openNetwork(runtime, path, contract));
  return new Analyser(parts, { detector: { size: detectorSize }, maxPixels, ...(lane && { facesAPass: FACES_TO_LANE }) });
}

function announce(message: Started): void {
  parentPort?.postMessage(message);
}
