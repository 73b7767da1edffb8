import { createHash, createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Config } from '../config.js';
import { GlimpseError } from '../errors.js';
import type { EventFilter, StoredEvent } from '../gallery/events.js';
import type { Gallery } from '../gallery/port.js';
import { cursorOf } from './cursor.js';
import type { EventLog } from './event-log.js';
import { eventJson } from './events-to-wire.js';
import { isLoopback } from './listen.js';
import { Namings } from './watch.js';

export interface Hook {
  readonly url: URL;
  readonly secret: string;
}

const ALL: EventFilter = { cameras: [], kinds: [], identityIds: [], collections: [] };
const SHORTEST_SECRET = 16;
const ANSWER_MS = 10_000;
const LONGEST_WAIT_MS = 60_000;
/** How often it looks without being rung for. */
const LOOK_MS = 60_000;
/** After so many deliveries it is written down how far it is; so many at most are delivered again after a crash. */
const MARK_EVERY = 16;

/** Absent: none is wanted. Throws `invalid` naming the setting at fault. */
export async function hookOf({ webhook, webhookSecretFile, insecure }: Pick<Config, 'webhook' | 'webhookSecretFile' | 'insecure'>): Promise<Hook | undefined> {
  if (webhook === '' && webhookSecretFile === '') return undefined;
  if (webhook === '') throw setting('--webhook', 'HALF_WEBHOOK', 'there is a secret and no address', 'set --webhook too');
  if (webhookSecretFile === '') throw setting('--webhook-secret-file', 'HALF_WEBHOOK', 'events are posted signed only', 'set --webhook-secret-file too');
  const url = URL.canParse(webhook) ? new URL(webhook) : undefined;
  if (url === undefined || !['https:', 'http:'].includes(url.protocol)) throw setting('--webhook', 'BAD_ADDRESS', '--webhook is no web address', 'give one that begins with https://');
  if (url.protocol === 'http:' && !isLoopback(url.hostname.replace(/^\[|\]$/g, '')) && !insecure) {
    throw setting('--webhook', 'INSECURE', `${url.host} is another machine, and events say who was where`, 'give an https address, or say --insecure');
  }
  const secret = await readFile(webhookSecretFile, 'utf8').catch((error: unknown) => {
    throw setting('--webhook-secret-file', 'UNREADABLE', (error as Error).message, 'name a file that this user can read');
  });
  if (secret.trim().length < SHORTEST_SECRET) throw setting('--webhook-secret-file', 'WEAK_SECRET', 'the secret is too short', `put ${SHORTEST_SECRET} characters or more into it: openssl rand -hex 32`);
  return { url, secret: secret.trim() };
}

interface WebhookParts {
  readonly gallery: Gallery;
  readonly events: EventLog;
  readonly log: Logger;
  /** The wait after a first failure; each one after it is twice as long. */
  readonly firstWaitMs?: number;
}

/** Posts every event, in order, at least once. How far it is lies in the gallery, so a restart loses none; while nobody takes them, they wait there for as long as they are kept. */
export class Webhook {
  readonly #hook: Hook;
  readonly #parts: WebhookParts;
  readonly #name: string;
  readonly #stop = new AbortController();
  readonly #namings: Namings;
  readonly #running: Promise<void>;
  #after = 0;
  #marked = 0;
  #failures = 0;

  constructor(hook: Hook, parts: WebhookParts) {
    this.#hook = hook;
    this.#parts = parts;
    this.#name = createHash('sha256').update(hook.url.href).digest('hex');
    this.#namings = new Namings(parts.gallery.as({ actor: 'webhook', peer: hook.url.host, request: '' }), parts.log, 'Webhook');
    this.#running = this.#run();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#mark().catch(() => undefined);
    await this.#namings.close();
  }

  async #run(): Promise<void> {
    const { events, gallery, log } = this.#parts;
    let line: string | undefined;
    while (!this.#stopped()) {
      const { rung } = events;
      try {
        if (line === undefined) {
          const head = await events.head();
          this.#after = this.#marked = (await gallery.hooked(this.#name)) ?? head.newest;
          await gallery.setHooked(this.#name, this.#after);
          ({ line } = head);
        }
        if (await this.#deliverPage(line)) continue;
        await events.more(rung, LOOK_MS, [this.#stop.signal]);
      } catch (error) {
        this.#failures += 1;
        if (!this.#stopped()) log.warn({ host: this.#hook.url.host, failures: this.#failures, error: String(error) }, 'the webhook did not take an event; trying again');
        await this.#pause();
      }
    }
  }

  #stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Whether there may be more at once. What is tried again is read again: whoever was erased meanwhile is told of no more. */
  async #deliverPage(line: string): Promise<boolean> {
    const { events, log } = this.#parts;
    const { events: page, lookedTo, more, swept } = await events.after(this.#after, ALL);
    if (this.#after < swept) log.warn({ after: this.#after, swept }, 'events were swept before the webhook took them');
    await this.#namings.told(page);
    for (const event of page) {
      await this.#post(event, cursorOf(line, event.number));
      this.#failures = 0;
      this.#after = event.number;
      if (this.#after - this.#marked >= MARK_EVERY) await this.#mark();
    }
    this.#after = Math.max(lookedTo, swept);
    if (page.length > 0) await this.#mark();
    return more;
  }

  /** Throws unless it was taken: answered with a status from 200 to 299. */
  async #post(event: StoredEvent, cursor: string): Promise<void> {
    const body = JSON.stringify(eventJson(event, cursor));
    const at = Math.floor(Date.now() / 1000);
    const response = await fetch(this.#hook.url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'glimpse-cursor': cursor, 'glimpse-signature': `t=${at},v1=${createHmac('sha256', this.#hook.secret).update(`${at}.${body}`).digest('hex')}` },
      redirect: 'error',
      signal: AbortSignal.any([this.#stop.signal, AbortSignal.timeout(ANSWER_MS)]),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`answered with ${response.status}`);
  }

  async #mark(): Promise<void> {
    if (this.#after === this.#marked) return;
    await this.#parts.gallery.setHooked(this.#name, this.#after);
    this.#marked = this.#after;
  }

  async #pause(): Promise<void> {
    const wait = Math.min(LONGEST_WAIT_MS, (this.#parts.firstWaitMs ?? 1_000) * 2 ** Math.min(this.#failures - 1, 16));
    await sleep(wait * (0.8 + 0.4 * Math.random()), undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }
}

function setting(field: string, reason: string, message: string, cure: string): GlimpseError {
  return new GlimpseError('invalid', message, { field, reason, cure });
}
