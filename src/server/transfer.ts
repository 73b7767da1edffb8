import type { ImportRequest__Output } from '../generated/glimpse/v1/ImportRequest.js';
import type { ImportResponse } from '../generated/glimpse/v1/ImportResponse.js';
import type { IdentityRecord as WireRecord } from '../generated/glimpse/v1/IdentityRecord.js';
import type { IdentityRecord__Output } from '../generated/glimpse/v1/IdentityRecord.js';
import type { Gallery } from '../gallery/port.js';
import { collectionName, invalid, oneOf } from './fields.js';
import { wireRecord } from './gallery-to-wire.js';
import { inOrder } from './in-order.js';
import type { Principal } from './roles.js';
import { permitted } from './scope.js';
import { identityRecord, isRefusal } from './record-from-wire.js';

/** Records on their way to disk at once: enough that the gallery's thread never waits for the network. */
const RECORDS_UNDER_WAY = 8;

export interface TransferSource {
  readonly gallery: Gallery;
  /** Where the gallery's embeddings come from. */
  readonly network: string;
}

export async function* exportRecords({ gallery, network: ours }: TransferSource, collection: string, signal: AbortSignal): AsyncGenerator<WireRecord> {
  const { network = ours } = await gallery.stats(collection);
  for await (const record of gallery.export(collection)) {
    signal.throwIfAborted();
    yield wireRecord(record, network);
  }
}

/** One answer a record, in order, each once the record is on disk. A record that cannot be taken is refused; the rest goes on. */
export async function* importRecords(target: TransferSource, requests: AsyncIterable<ImportRequest__Output>, principal: Principal): AsyncGenerator<ImportResponse> {
  const incoming = requests[Symbol.asyncIterator]();
  const settings = await configuration(incoming);
  if (settings === undefined) return;
  permitted(principal, settings.collection, 'config.collection');
  let count = 0;
  yield* inOrder(recordsOnly(incoming), RECORDS_UNDER_WAY, (record) => importOne(target, settings, record, (count += 1)));
}

async function importOne({ gallery, network }: TransferSource, settings: ImportSettings, record: IdentityRecord__Output, number: number): Promise<ImportResponse> {
  try {
    const { id, outcome } = await gallery.import(settings.collection, identityRecord(record, network, new Date()), settings.onConflict);
    return { record: number, id, outcome };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { record: number, id: record.id, outcome: 'REFUSED', message: `${error.message}; ${error.detail.cure}` };
  }
}

interface ImportSettings {
  readonly collection: string;
  readonly onConflict: 'SKIP' | 'REPLACE';
}

async function configuration(incoming: AsyncIterator<ImportRequest__Output>): Promise<ImportSettings | undefined> {
  const first = await incoming.next();
  if (first.done === true) return undefined;
  const { config } = first.value;
  if (!config) throw invalid('config', 'CONFIG_MISSING', 'the first message of an import has to be its configuration', 'send config first, then records');
  const onConflict = oneOf('config.on_conflict', config.onConflict, ['ON_CONFLICT_UNSPECIFIED', 'SKIP', 'REPLACE']);
  return { collection: collectionName('config.collection', config.collection), onConflict: onConflict === 'REPLACE' ? 'REPLACE' : 'SKIP' };
}

async function* recordsOnly(incoming: AsyncIterator<ImportRequest__Output>): AsyncGenerator<IdentityRecord__Output> {
  for (let next = await incoming.next(); next.done !== true; next = await incoming.next()) {
    if (next.value.record) yield next.value.record;
    else throw invalid('record', 'RECORD_MISSING', 'after the configuration only records follow', 'set record');
  }
}
