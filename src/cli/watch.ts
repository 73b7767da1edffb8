import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { CallError, type Event, type GlimpseClient, toDate, type WatchRequest } from '../client/index.js';
import { EXIT, type ExitCode } from './exit.js';
import { untilInterrupted } from './look.js';
import type { Output } from './output.js';
import { collect, type Invocation, remoteVerb, type RemoteOptions, type Session } from './verb.js';

const HELP = `
Prints what the streams of cameras tell (those that were opened with \`visits\`): who APPEARED, was CONFIRMED, CHANGED, LEFT. Goes on until Ctrl-C; when the
server is away it waits for it and misses nothing. With --json each line has a cursor; --since CURSOR goes on after it.

Examples:
  glimpse watch                                      from now on
  glimpse watch --camera "gate 3" --kind CONFIRMED   who came in at gate 3
  glimpse watch --replay --once                      everything that is kept, then end
  glimpse watch --json --since 9c41e02b-1842         after this event`;

const AGAIN_MS = 2_000;

interface Options extends RemoteOptions {
  readonly since?: string;
  readonly replay?: true;
  readonly once?: true;
  readonly allCollections?: true;
  readonly camera?: string[];
  readonly kind?: ('APPEARED' | 'CONFIRMED' | 'CHANGED' | 'LEFT')[];
  readonly identity?: string[];
}

export function addWatch(root: Command, session: Session): void {
  const command = root
    .command('watch')
    .description('say who comes and who leaves before the cameras')
    .option('--since <cursor>', 'go on after this event')
    .option('--replay', 'first everything that is kept')
    .option('--once', 'end when there is no more, instead of waiting for it')
    .option('--camera <id>', 'only of this camera; may be given several times', collect)
    .addOption(new Option('--kind <kind>', 'only these: APPEARED, CONFIRMED, CHANGED, LEFT').argParser(collect))
    .option('--identity <id>', 'only of this identity; may be given several times', collect)
    .option('--all-collections', 'not only of --collection')
    .addHelpText('after', HELP);
  remoteVerb<Options>(session, command, watch);
}

async function watch(client: GlimpseClient, { options, out }: Invocation<Options>): Promise<ExitCode> {
  const { since = '', replay = false, once = false, camera: cameras = [], kind: kinds = [], identity: identityIds = [] } = options;
  const collections = options.allCollections === true ? [] : options.collection.split(',');
  const seen = new Follower({ cursor: since, replay, cameras, kinds, identityIds, collections });
  await untilInterrupted(async (signal) => {
    while (!(await seen.follow(client, { out, once, signal })) && !signal.aborted) {
      out.note('the server went away; waiting for it');
      await sleep(AGAIN_MS, undefined, { signal });
    }
  });
  return EXIT.ok;
}

/** Remembers how far it is, over breaks of the connection. */
class Follower {
  #request: WatchRequest;
  #answered = false;

  constructor(request: WatchRequest) {
    this.#request = request;
  }

  /** Whether it came to an end; false: the server went away. */
  async follow(client: GlimpseClient, { out, once, signal }: { readonly out: Output; readonly once: boolean; readonly signal: AbortSignal }): Promise<boolean> {
    try {
      for await (const { cursor, event } of client.watch(this.#request, { signal })) {
        if (event) await out.result(watchedJson(event, cursor), () => watchedText(event));
        this.#request = { ...this.#request, cursor };
        this.#answered = true;
        if (!event && once) return true;
      }
    } catch (error) {
      // A server that never answered is not waited for: the address may be wrong.
      if (!(error instanceof CallError) || error.code !== 'UNAVAILABLE' || !this.#answered) throw error;
    }
    return false;
  }
}

const iso = (stamp: Event['at']): string => (stamp === null ? '' : toDate(stamp).toISOString());

/** The same as a webhook gets. */
function watchedJson({ at, firstSeen, lastSeen, identity, previous, anonymousId, kind, visitId, cameraId, collection, trackId, box, zones, reason }: Event, cursor: string): object {
  const before = previous && { identityId: previous.identityId, externalId: previous.externalId, name: previous.name };
  return {
    cursor, kind, visitId, cameraId, collection, at: iso(at), firstSeen: iso(firstSeen), lastSeen: iso(lastSeen), trackId, box, zones,
    ...(identity && { identity }), ...(before && { previous: before }), ...(anonymousId !== '' && { anonymousId }), reason,
  };
}

function watchedText({ at, cameraId, kind, identity, previous, anonymousId, reason }: Event): string {
  const who = identity === null ? `unknown ${anonymousId}`.trimEnd() : `${identity.name} (${identity.identityId})`;
  const before = previous === null ? '' : `, before: ${previous.name} (${previous.identityId})`;
  return [iso(at), cameraId, kind.padEnd(9), `${who}${before}`, reason].join('  ');
}
