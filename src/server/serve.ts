import { Server } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import type { Config } from '../config.js';
import type { Gallery } from '../gallery/port.js';
import type { StrangerBook } from '../track/strangers.js';
import type { Vision } from '../types.js';
import { Calls } from './calls.js';
import { Closers } from './closers.js';
import { asWritten } from './definitions.js';
import { openDoor, tokenDoor } from './door.js';
import { drain } from './drain.js';
import { Edge } from './edge.js';
import { EventLog } from './event-log.js';
import { GalleryService } from './gallery.js';
import { Health } from './health.js';
import { lanedVision } from './laned-vision.js';
import { Lanes } from './lanes.js';
import { bind, credentials, needsTokens, refuseUnsafe } from './listen.js';
import { MatchTokens } from './match-tokens.js';
import { RecognitionService } from './recognition.js';
import { addReflection } from './reflection.js';
import { realRooms, type Rooms } from './rooms.js';
import { strangerBook } from './strangers.js';
import { hookOf, Webhook } from './webhook.js';

export interface RunningServer {
  /** Host and port, as a client writes them. */
  readonly address: string;
  readonly port: number;
  /** Finishes what was accepted, then closes everything; the second call waits for the first. */
  close(): Promise<void>;
}

/** How long a stop waits for calls that were accepted. */
const DRAIN_MS = 10_000;

/**
 * Opens everything in order and serves; what was opened is closed again in reverse, also when a later step fails. Resolves once health
 * says SERVING. Throws GlimpseErrors that name the setting at fault.
 */
export async function startServer(config: Config, log: Logger, rooms: Rooms = realRooms, drainMs = DRAIN_MS): Promise<RunningServer> {
  refuseUnsafe(config);
  const closers = new Closers();
  try {
    const how = await credentials(config);
    const hook = await hookOf(config);
    const tokens = needsTokens(config) ? closers.add(rooms.tokens(config, log)) : undefined;
    const vision = closers.add(await rooms.vision(config, log));
    const gallery = closers.add(await rooms.gallery(config, vision.network, log));

    const events = new EventLog(gallery);
    const strangers = closers.add(strangerBook(vision.threshold(1)));
    if (hook) closers.add(new Webhook(hook, { gallery, events, log }));

    const { maxStreams, maxWatchers } = config;
    const edge = new Edge({ door: tokens ? tokenDoor(tokens) : openDoor, maxStreams, maxWatchers, maxCalls: maxCalls(config), log });
    const health = new Health();
    const server = new Server({ ...channelOptions(config), interceptors: [edge.interceptor] });
    addServices(server, new Calls(edge, log), { config, vision, gallery, events, strangers: strangers.book, log, stopping: edge.stopping });
    health.addToServer(server);
    addReflection(server, asWritten());
    gallery.onReadiness((ready) => health.set('gallery', !ready));

    const port = await bind(server, config, how);
    closers.add({ close: () => drain({ server, edge, health, log }, drainMs) });
    health.set('starting', false);
    const address = `${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;
    log.info({ address, tls: config.tlsCert !== '', tokens: tokens !== undefined, workers: config.workers }, 'serving');
    return { address, port, close: () => closers.close() };
  } catch (error) {
    await closers.close();
    throw error;
  }
}

interface Services {
  readonly config: Config;
  readonly vision: Vision;
  readonly gallery: Gallery;
  readonly events: EventLog;
  readonly strangers: StrangerBook;
  readonly log: Logger;
  /** Aborts when the server is about to stop. */
  readonly stopping: AbortSignal;
}

function addServices(server: Server, calls: Calls, { config, vision, gallery, events, strangers, log, stopping }: Services): void {
  const { workers, minFaceSize, maxFaces, minVisibility, fpir, maxFrameRate, modelsDir } = config;
  // A frame ready behind every second worker bridges the time between two frames; more would only make frames old.
  const capacity = { workers, permits: workers + Math.ceil(workers / 2) };
  const tokens = new MatchTokens();
  const lanes = new Lanes({ permits: capacity.permits, workers });
  const single = { vision: lanedVision(vision, lanes.open()), gallery, minVisibility, fpir };
  const parts = { rooms: { vision, gallery, minVisibility, fpir }, lanes, defaults: { minFaceSize, maxFaces }, capacity, maxFrameRate, tokens, modelsDir, log, visiting: { events, strangers, log } };
  new RecognitionService(parts, single, { gallery, events, log, stopping }).addToServer(server, calls);
  new GalleryService({ ...single, tokens }, {
    minEyeDistance: config.enrollMinEyeDistance,
    minSharpness: config.enrollMinSharpness,
    minVisibility: config.enrollMinVisibility,
    minFaceSize,
  }).addToServer(server, calls);
}

/** Calls that may wait for the workers at once, each with a message in memory. */
function maxCalls({ workers }: Config): number {
  return Math.max(32, 8 * workers);
}

/** Not among them: `grpc.enable_channelz: 0`, with which grpc-js 1.14 forgets its sessions and a forced shutdown ends none. */
function channelOptions(config: Config): Record<string, number> {
  return {
    'grpc.max_receive_message_length': config.maxMessageBytes,
    'grpc.max_send_message_length': -1,
    // Above all limits of the edge, so that a client learns of them by an error and not by waiting.
    'grpc.max_concurrent_streams': config.maxStreams + config.maxWatchers + 2 * maxCalls(config),
    // A client whose machine went away without a word is noticed within a minute.
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
  };
}
