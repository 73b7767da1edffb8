import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectOptions, openStubs, type Stubs } from '../../src/client/channel.js';
import { connect, type GlimpseClient } from '../../src/client/index.js';
import type { Config } from '../../src/config.js';
import { ROOT } from '../../src/paths.js';
import { type RunningServer, startServer } from '../../src/server/serve.js';
import { capturing, testConfig } from './server.js';

/** Networks of a few kilobytes for the people of people.ts. */
export const TINY_NETWORKS = join(ROOT, 'test', 'fixtures', 'networks');

/** The whole server with its workers, gallery and tokens on disk, on a free port, and a folder that lives as long. */
export class RealServer {
  readonly log: string[] = [];
  readonly #clients: { close(): unknown }[] = [];
  #running: RunningServer | undefined;

  private constructor(readonly dataDir: string, readonly config: Config) {}

  static async start(config: Partial<Config> = {}): Promise<RealServer> {
    const dataDir = await mkdtemp(join(tmpdir(), 'glimpse-e2e-'));
    const server = new RealServer(dataDir, testConfig({ modelsDir: TINY_NETWORKS, dataDir, maxFrameRate: 10_000, ...config }));
    await server.up();
    return server;
  }

  async up(): Promise<void> {
    this.#running = await startServer(this.config, capturing(this.log));
  }

  /** Closes the server and leaves its data. */
  async down(): Promise<void> {
    for (const client of this.#clients.splice(0)) client.close();
    await this.#running?.close();
  }

  async remove(): Promise<void> {
    await this.down();
    await rm(this.dataDir, { recursive: true });
  }

  get port(): number {
    return this.#running?.port ?? 0;
  }

  connect(options: Omit<ConnectOptions, 'address'> = {}): GlimpseClient {
    const client = connect({ ...options, address: this.#address });
    this.#clients.push(client);
    return client;
  }

  stubs(): Stubs {
    const stubs = openStubs({ address: this.#address });
    this.#clients.push(stubs.recognition, stubs.gallery);
    return stubs;
  }

  get #address(): string {
    return `127.0.0.1:${this.port}`;
  }
}
