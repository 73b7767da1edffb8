/** The thread that runs both networks for all vision workers, in batches: `--batching`. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { Batcher, type BatcherOptions } from '../runtime/batcher.js';
import { onGpu } from '../runtime/candidates.js';
import { openNetwork } from '../runtime/open.js';
import { Analyser } from '../vision/analyse.js';
import { Departures } from './departures.js';
import { failed } from './failure.js';
import type { Ask, LaneReply, LaneSettings, NetworkName, ToLane } from './lane-messages.js';
import { openNetworks } from './networks.js';
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
  const parts = await openNetworks(modelsDir, (_, path, contract) => openNetwork(runtime, path, contract, threads));
  const { detector, embedder } = parts;
  const rows = ROWS[onGpu(runtime) ? 'gpu' : 'cpu'];
  await new Analyser(parts, { detector: { size: detectorSize }, maxPixels: Infinity }).warmUp();
  const { input } = embedder.settings;
  const full = { data: new Float32Array(rows.embedder * 3 * input.height * input.width), shape: [rows.embedder, 3, input.height, input.width] };
  await embedder.network.run(full, [embedder.settings.outputs.embedding, embedder.settings.outputs.importance]);
  const options = (name: NetworkName): BatcherOptions => ({ ...WAIT, mostRows: rows[name] });
  return { detector: new Batcher(detector.network, options('detector')), embedder: new Batcher(embedder.network, options('embedder')) };
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
