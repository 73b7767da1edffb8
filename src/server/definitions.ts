import { protoPath as healthProto } from 'grpc-health-check';
import { loadDefinitions, services } from '../definitions.js';

/** Everything this server speaks, as reflection shows it. */
export const DEFINITIONS = loadDefinitions([healthProto]);

const { Recognition, Gallery, rpc } = services(DEFINITIONS);
export const RECOGNITION = Recognition.service;
export const GALLERY = Gallery.service;
export const RPC = rpc;
