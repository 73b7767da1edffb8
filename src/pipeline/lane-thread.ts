/** The thread that runs both networks for all vision workers, in batches: `--batching`. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { join } from 'node:path';
import { Batcher, type BatcherOptions } from '../runtime/batcher.js';
import { onGpu } from '../runtime/candidates.js';
import { readDetectorContract, readEmbedderContract } from '../runtime/contract.js';
import { openNetwork } from '../runtime/open.js';
import { Analyser } from '../vision/analyse.js';
import { Departures } from './departures.js';
import { failed } from './failure.js';
import type { Ask, LaneReply, LaneSettings, NetworkName, ToLane } from './lane-messages.js';
import type { Started } from './vision-worker.js';

type Batchers = Readonly<Record<NetworkName, Batcher>>;

/** On a CPU a pass is full at four faces, and pictures gain nothing by company (docs/benchmarks.md). */
const ROWS = { gpu: { detector: 8, embedder: 32 }, cpu: { detector: 1, embedder: 4 } } as const;
const WAIT = { longestWait: 5, mostWaiting: 2048 };

const departures = new Departures();

if (parentPort !== null) await serve(parentPort, workerData as LaneSettings);

async function serve(parent: NonNullable<typeof parentPort>, settings: LaneSettings): Promise<void> {
  try {
    const batchers = await open(settings);
    parent.on('message', (message: ToLane) => {
      if ('port' in message) message.port.on('message', (ask: Ask) => void answer(batchers, message.port, ask));
      else if ('left' in message) departures.leave(message.left);
      else void Promise.all([batchers.detector.close(), batchers.embedder.close()]).then(() => process.exit());
    });
    parent.postMessage({ started: true } satisfies Started);
  } catch (error) {
    parent.postMessage({ started: true, ...failed(error) } satisfies Started);
  }
}

async function open({ modelsDir, runtime, detectorSize, threads }: LaneSettings): Promise<Batchers> {
  const [detectorPath, embedderPath] = [join(modelsDir, 'detector.json'), join(modelsDir, 'embedder.json')];
  const detector = { settings: await readDetectorContract(detectorPath), path: detectorPath };
  const embedder = { settings: await readEmbedderContract(embedderPath), path: embedderPath };
  const networks = {
    detector: await openNetwork(runtime, detector.path, detector.settings, threads),
    embedder: await openNetwork(runtime, embedder.path, embedder.settings, threads),
  };
  const rows = ROWS[onGpu(runtime) ? 'gpu' : 'cpu'];
  const parts = { detector: { ...detector, network: networks.detector }, embedder: { ...embedder, network: networks.embedder } };
  await new Analyser(parts, { detector: { size: detectorSize }, maxPixels: Infinity }).warmUp({ width: detectorSize, height: Math.ceil(detectorSize * 0.75) });
  const { input } = embedder.settings;
  const full = { data: new Float32Array(rows.embedder * 3 * input.height * input.width), shape: [rows.embedder, 3, input.height, input.width] };
  await networks.embedder.run(full, [embedder.settings.outputs.embedding, embedder.settings.outputs.importance]);
  const options = (name: NetworkName): BatcherOptions => ({ ...WAIT, mostRows: rows[name] });
  return { detector: new Batcher(networks.detector, options('detector')), embedder: new Batcher(networks.embedder, options('embedder')) };
}

async function answer(batchers: Batchers, port: MessagePort, { id, ticket, network, input, outputs }: Ask): Promise<void> {
  const { signal, done } = departures.watch(ticket.picture);
  const reply = await batchers[network].run(input, outputs, { stream: ticket.stream, order: ticket.picture, signal }).then(
    (results): LaneReply => ({ id, results }),
    (error: unknown): LaneReply => ({ id, ...failed(error) }),
  );
  done();
  port.postMessage(reply, 'results' in reply ? reply.results.map(({ data }) => data.buffer as ArrayBuffer) : []);
}
