import { type Logger, pino } from 'pino';
import { type ConnectOptions, openStubs, type Stubs } from '../../src/client/channel.js';
import { connect, type GlimpseClient } from '../../src/client/index.js';
import { type Config, loadConfig } from '../../src/config.js';
import type { TokenBook } from '../../src/server/door.js';
import type { Principal } from '../../src/server/roles.js';
import type { Rooms } from '../../src/server/rooms.js';
import { type RunningServer, startServer } from '../../src/server/serve.js';
import { FakeGallery } from './fake-gallery.js';
import { FakeVision } from './fake-vision.js';

export interface FakeServer {
  readonly server: RunningServer;
  readonly vision: FakeVision;
  readonly gallery: FakeGallery;
  /** The client that users use. */
  readonly client: GlimpseClient;
  /** grpc-js itself, for tests that misbehave. */
  readonly stubs: Stubs;
  /** What the server logged, one JSON object a line. */
  readonly log: string[];
  connect(options?: Omit<ConnectOptions, 'address'>): GlimpseClient;
  stop(): Promise<void>;
}

export interface FakeOptions {
  readonly config?: Partial<Config>;
  /** Secrets and whose they are. */
  readonly tokens?: Readonly<Record<string, Principal>>;
  readonly client?: Omit<ConnectOptions, 'address'>;
  readonly drainMs?: number;
}

/** The real server over real gRPC on a free port, with a vision and a gallery that live in memory. */
export async function startFake({ config = {}, tokens = {}, client = {}, drainMs = 5000 }: FakeOptions = {}): Promise<FakeServer> {
  const vision = new FakeVision();
  const gallery = new FakeGallery();
  const log: string[] = [];
  const rooms = fakeRooms(vision, gallery, tokens);
  const server = await startServer(testConfig(config), capturing(log), rooms, drainMs);
  // Node warns when the name that TLS checks is a number.
  const address = `${client.tlsCa === undefined ? '127.0.0.1' : 'localhost'}:${server.port}`;
  const clients: { close(): unknown }[] = [];
  const keep = <T extends { close(): unknown }>(opened: T): T => (clients.push(opened), opened);
  const open = (options: Omit<ConnectOptions, 'address'> = {}): GlimpseClient => keep(connect({ ...client, ...options, address }));
  const stubs = openStubs({ ...client, address });
  keep(stubs.recognition);
  keep(stubs.gallery);
  const stop = async (): Promise<void> => {
    vision.letAllGo();
    for (const opened of clients) opened.close();
    await server.close();
  };
  return { server, vision, gallery, log, stubs, client: open(), connect: open, stop };
}

/** The defaults, on a free port, with two workers and no reading of the environment. */
export function testConfig(changes: Partial<Config> = {}): Config {
  return { ...loadConfig({ port: '0', workers: '2' }, {}), ...changes };
}

export function fakeRooms(vision: FakeVision, gallery: FakeGallery, tokens: Readonly<Record<string, Principal>> = {}): Rooms {
  const book: TokenBook = { verify: (secret) => tokens[secret], close: () => undefined };
  return { tokens: () => book, vision: () => Promise.resolve(vision), gallery: () => Promise.resolve(gallery) };
}

export function capturing(lines: string[]): Logger {
  return pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
}
