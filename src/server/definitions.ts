import type { PackageDefinition } from '@grpc/proto-loader';
import { protoPath as healthProto } from 'grpc-health-check';
import { loadDefinitions, services } from '../definitions.js';

/** Everything this server speaks, as its files say it. */
export const asWritten = (): PackageDefinition => loadDefinitions([healthProto], true);

const { Recognition, Gallery, rpc } = services(loadDefinitions());
export const RECOGNITION = Recognition.service;
export const GALLERY = Gallery.service;
export const RPC = rpc;
