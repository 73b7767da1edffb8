/** The client of Glimpse: what `import … from 'glimpse'` gives. Message types are those of proto/glimpse/v1. */
export { connect, type CallOptions, type GlimpseClient } from './client.js';
export type { ConnectOptions } from './channel.js';
export { CallError, type CallErrorCode, type CallErrorDetail } from './error.js';
export { toDate, toTimestamp } from './time.js';
export type * from './messages.js';
