import { credentials, loadPackageDefinition, makeGenericClientConstructor, status, type Client, type ServiceDefinition, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { protoPath } from 'grpc-health-check';

type Answer = { readonly status: string };
type HealthClient = Client & {
  check(request: { service: string }, callback: (error: ServiceError | null, answer?: Answer) => void): void;
  watch(request: { service: string }): NodeJS.EventEmitter;
};

const loaded = loadPackageDefinition(loadSync(protoPath, { enums: String, defaults: true })) as unknown as {
  grpc: { health: { v1: { Health: { service: ServiceDefinition } } } };
};
const Health = makeGenericClientConstructor(loaded.grpc.health.v1.Health.service, 'Health');

const open = (port: number): HealthClient => new Health(`127.0.0.1:${port}`, credentials.createInsecure()) as unknown as HealthClient;

/** What grpc.health.v1 says of a service; empty: of the whole server. */
export function healthOf(port: number, service = ''): Promise<string> {
  const client = open(port);
  return new Promise((resolve, reject) => {
    client.check({ service }, (error, answer) => {
      client.close();
      if (error) reject(new Error(status[error.code], { cause: error }));
      else resolve(answer?.status ?? '');
    });
  });
}

export interface Watch {
  readonly seen: string[];
  ended: string | undefined;
  close(): void;
}

export function watchHealth(port: number): Watch {
  const client = open(port);
  const watch: Watch = { seen: [], ended: undefined, close: () => client.close() };
  const call = client.watch({ service: '' });
  call.on('data', (answer: Answer) => watch.seen.push(answer.status));
  call.on('error', (error: ServiceError) => (watch.ended = status[error.code]));
  return watch;
}
