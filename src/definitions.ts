import { loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync, type MessageTypeDefinition, type PackageDefinition } from '@grpc/proto-loader';
import type { ProtoGrpcType as GalleryTypes } from './generated/gallery.js';
import type { ProtoGrpcType as RecognitionTypes } from './generated/recognition.js';
import { PROTO_DIR } from './paths.js';

const FILES = ['glimpse/v1/recognition.proto', 'glimpse/v1/gallery.proto', 'google/rpc/status.proto', 'google/rpc/error_details.proto'];

/** Our proto files, and `more`. The options are those of `npm run generate`, so that the generated types tell the truth; `keepCase` leaves fields their names of the files. */
export function loadDefinitions(more: readonly string[] = [], keepCase = false): PackageDefinition {
  return loadSync([...FILES, ...more], { includeDirs: [PROTO_DIR], longs: Number, enums: String, defaults: true, oneofs: true, keepCase });
}

/** Both services and google.rpc, typed. */
export function services(definitions: PackageDefinition): Services {
  const loaded = loadPackageDefinition(definitions) as unknown as RecognitionTypes & GalleryTypes & ErrorTypes;
  const { Recognition } = (loaded as RecognitionTypes).glimpse.v1;
  const { Gallery } = (loaded as GalleryTypes).glimpse.v1;
  return { Recognition, Gallery, rpc: (loaded as ErrorTypes).google.rpc };
}

interface Services {
  readonly Recognition: RecognitionTypes['glimpse']['v1']['Recognition'];
  readonly Gallery: GalleryTypes['glimpse']['v1']['Gallery'];
  readonly rpc: ErrorTypes['google']['rpc'];
}

/** google.rpc, the part in proto/google/rpc. */
interface ErrorTypes {
  readonly google: {
    readonly rpc: {
      /** `type_url`: the packaged google/protobuf/any.proto keeps the case. */
      readonly Status: MessageTypeDefinition<{ code: number; message: string; details: Any<Uint8Array>[] }, { details: Any<Buffer>[] }>;
      readonly ErrorInfo: Message<{ reason: string; domain: string; metadata: Record<string, string> }>;
      readonly BadRequest: Message<{ fieldViolations: { field: string; description: string }[] }>;
    };
  };
}

export interface Any<Bytes> {
  readonly type_url: string;
  readonly value: Bytes;
}

type Message<T> = MessageTypeDefinition<T, T>;
