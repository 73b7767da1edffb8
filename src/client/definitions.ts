import { loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync, type MessageTypeDefinition } from '@grpc/proto-loader';
import type { ProtoGrpcType as GalleryTypes } from '../generated/gallery.js';
import type { ProtoGrpcType as RecognitionTypes } from '../generated/recognition.js';
import { PROTO_DIR } from '../paths.js';

const FILES = ['glimpse/v1/recognition.proto', 'glimpse/v1/gallery.proto', 'google/rpc/status.proto', 'google/rpc/error_details.proto'];

/** The options are those of `npm run generate`, so that the generated types tell the truth. */
const loaded = loadPackageDefinition(
  loadSync(FILES, { includeDirs: [PROTO_DIR], longs: Number, enums: String, defaults: true, oneofs: true }),
) as unknown as RecognitionTypes & GalleryTypes & ErrorTypes;

export const { Recognition } = (loaded as RecognitionTypes).glimpse.v1;
export const { Gallery } = (loaded as GalleryTypes).glimpse.v1;
export const { rpc } = (loaded as ErrorTypes).google;

/** google.rpc, the part in proto/google/rpc. */
interface ErrorTypes {
  readonly google: {
    readonly rpc: {
      /** `type_url`: the packaged google/protobuf/any.proto keeps the case. */
      readonly Status: Message<{ details: { type_url: string; value: Buffer }[] }>;
      readonly ErrorInfo: Message<{ reason: string; domain: string; metadata: Record<string, string> }>;
      readonly BadRequest: Message<{ fieldViolations: { field: string; description: string }[] }>;
    };
  };
}

type Message<T> = MessageTypeDefinition<T, T>;
