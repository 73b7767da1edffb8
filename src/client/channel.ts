import { readFileSync } from 'node:fs';
import { credentials, type ChannelCredentials, Metadata } from '@grpc/grpc-js';
import type { GalleryClient } from '../generated/glimpse/v1/Gallery.js';
import type { RecognitionClient } from '../generated/glimpse/v1/Recognition.js';
import { Gallery, Recognition } from './definitions.js';

export interface ConnectOptions {
  /** `host:port`. */
  readonly address: string;
  /** Bearer token; see `glimpse token create`. */
  readonly token?: string;
  /** Talk TLS. Implied by any of the files below; alone it trusts the public authorities. */
  readonly tls?: boolean;
  /** PEM file of the authority that signed the server's certificate. */
  readonly tlsCa?: string;
  /** PEM files of this client's own certificate and key, where the server asks for one. */
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  /** Largest answer in bytes; default 64 MiB. */
  readonly maxMessageBytes?: number;
}

export interface Stubs {
  readonly recognition: RecognitionClient;
  readonly gallery: GalleryClient;
  /** What goes with every call. */
  readonly metadata: Metadata;
}

/** The connection is made by the first call, and made again after it breaks. */
export function openStubs(options: ConnectOptions): Stubs {
  const secure = channelCredentials(options);
  const channel = {
    'grpc.max_receive_message_length': options.maxMessageBytes ?? 64 * 2 ** 20,
    'grpc.max_send_message_length': -1,
    // A server whose machine went away without a word is noticed within a minute, also by a stream that only waits.
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
  };
  const metadata = new Metadata();
  if (options.token !== undefined) metadata.set('authorization', `Bearer ${options.token}`);
  return {
    recognition: new Recognition(options.address, secure, channel),
    gallery: new Gallery(options.address, secure, channel),
    metadata,
  };
}

function channelCredentials({ tls, tlsCa, tlsCert, tlsKey }: ConnectOptions): ChannelCredentials {
  const files = [tlsCa, tlsCert, tlsKey];
  if (tls !== true && files.every((file) => file === undefined)) return credentials.createInsecure();
  const [ca, cert, key] = files.map((file) => (file === undefined ? null : readFileSync(file)));
  return credentials.createSsl(ca, key, cert);
}
