import { Metadata, Server, ServerCredentials, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { Gallery, Recognition } from '../../src/client/definitions.js';
import { connect, type ConnectOptions, type GlimpseClient } from '../../src/client/index.js';
import type { GalleryHandlers } from '../../src/generated/glimpse/v1/Gallery.js';
import type { RecognitionHandlers } from '../../src/generated/glimpse/v1/Recognition.js';

export type Handlers = Partial<GalleryHandlers> & Partial<RecognitionHandlers>;

/** A server of the same API that does what a test says, so that the client meets answers which a good server seldom gives. */
export async function withFake(handlers: Handlers, use: (client: GlimpseClient) => Promise<void>, options: Partial<ConnectOptions> = {}): Promise<void> {
  const server = new Server();
  server.addService(Gallery.service, handlers as UntypedServiceImplementation);
  server.addService(Recognition.service, handlers as UntypedServiceImplementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error === null ? resolve(bound) : reject(error)));
  });
  const client = connect({ address: `127.0.0.1:${port}`, ...options });
  try {
    await use(client);
  } finally {
    client.close();
    server.forceShutdown();
  }
}

/** A length-delimited protobuf field; the lengths in these tests fit one byte. */
function field(number: number, value: string | Buffer): Buffer {
  const body = Buffer.from(value);
  if (body.length > 127 * 128) throw new Error('too long for this helper');
  const length = body.length < 128 ? [body.length] : [(body.length % 128) + 128, Math.floor(body.length / 128)];
  return Buffer.concat([Buffer.from([number * 8 + 2, ...length]), body]);
}

const any = (type: string, value: Buffer): Buffer => field(3, Buffer.concat([field(1, `type.googleapis.com/${type}`), field(2, value)]));

/** Trailers with google.rpc.Status { code, message, details: [BadRequest, ErrorInfo] }. */
export function detailTrailers(of: { readonly field: string; readonly reason: string; readonly cure: string }): Metadata {
  const badRequest = field(1, Buffer.concat([field(1, of.field), field(2, 'what is wrong')]));
  const entry = (key: string, value: string): Buffer => field(3, Buffer.concat([field(1, key), field(2, value)]));
  const info = Buffer.concat([field(1, of.reason), field(2, 'glimpse'), entry('other', 'thing'), entry('cure', of.cure)]);
  const metadata = new Metadata();
  const status = [Buffer.from([8, 3]), field(2, 'message'), any('google.rpc.BadRequest', badRequest), any('google.rpc.ErrorInfo', info)];
  metadata.set('grpc-status-details-bin', Buffer.concat(status));
  return metadata;
}
