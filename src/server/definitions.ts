import { loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync, type MessageTypeDefinition, type PackageDefinition } from '@grpc/proto-loader';
import { protoPath as healthProto } from 'grpc-health-check';
import type { ProtoGrpcType as GalleryTypes } from '../generated/gallery.js';
import type { ProtoGrpcType as RecognitionTypes } from '../generated/recognition.js';
import { PROTO_DIR } from '../paths.js';

const FILES = ['glimpse/v1/recognition.proto', 'glimpse/v1/gallery.proto', 'google/rpc/status.proto', 'google/rpc/error_details.proto'];

/** Everything this server speaks, as reflection shows it. The options are those of `npm run generate`. */
export const DEFINITIONS: PackageDefinition = loadSync([...FILES, healthProto], {
  includeDirs: [PROTO_DIR],
  longs: Number,
  enums: String,
  defaults: true,
  oneofs: true,
});

const loaded = loadPackageDefinition(DEFINITIONS) as unknown as RecognitionTypes & GalleryTypes & ErrorTypes;
const { v1 } = (loaded as RecognitionTypes).glimpse;

export const RECOGNITION = v1.Recognition.service;
export const GALLERY = (loaded as GalleryTypes).glimpse.v1.Gallery.service;
export const RPC = (loaded as ErrorTypes).google.rpc;

/** google.rpc, the part in proto/google/rpc. */
interface ErrorTypes {
  readonly google: {
    readonly rpc: {
      /** `type_url`: the packaged google/protobuf/any.proto keeps the case. */
      readonly Status: Message<{ code: number; message: string; details: { type_url: string; value: Uint8Array }[] }>;
      readonly ErrorInfo: Message<{ reason: string; domain: string; metadata: Record<string, string> }>;
      readonly BadRequest: Message<{ fieldViolations: { field: string; description: string }[] }>;
    };
  };
}

type Message<T> = MessageTypeDefinition<T, T>;
