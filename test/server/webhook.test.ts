import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { GlimpseError } from '../../src/errors.js';
import { EventLog } from '../../src/server/event-log.js';
import { hookOf, Webhook } from '../../src/server/webhook.js';
import { FakeGallery } from '../support/fake-gallery.js';
import { testConfig } from '../support/server.js';
import { until } from '../support/wait.js';

const SECRET = 'a secret of some length';
const log = pino({ level: 'silent' });

interface Post {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

describe('a webhook', () => {
  const posts: Post[] = [];
  let status: (post: Post) => number;
  let server: Server;
  let gallery: FakeGallery;
  let events: EventLog;
  let hook: Webhook | undefined;
  beforeEach(async () => {
    posts.length = 0;
    status = () => 204;
    server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text)).on('end', () => {
        const post = { headers: request.headers, body };
        posts.push(post);
        response.writeHead(status(post), { location: '/elsewhere' }).end('thanks');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    gallery = new FakeGallery();
    events = new EventLog(gallery);
  });
  afterEach(async () => {
    await hook?.close();
    hook = undefined;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const open = (): Webhook => (hook = new Webhook({ url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`), secret: SECRET }, { gallery, events, log, firstWaitMs: 2 }));
  const add = (...numbers: number[]): Promise<void> => events.add(numbers.map((n) => ({
    kind: n % 2 === 1 ? 'APPEARED' : 'CONFIRMED', visit: `v${n}`, camera: 'gate', collection: 'default', at: 1000 * n, ...(n % 2 === 0 && { identity: 'ada' }),
    details: { trackId: 1, firstSeen: 0, lastSeen: 0, box: { x: 0, y: 0, width: 1, height: 1 }, zones: ['door'], reason: 'seen', ...(n % 2 === 0 ? { similarity: 0.7, threshold: 0.4 } : { anonymousId: '1' }) },
  })));
  const visits = (): string[] => posts.map(({ body }) => (JSON.parse(body) as { visitId: string }).visitId);
  const count = (n: number): Promise<void> => until(() => posts.length >= n, `${n} posts, not ${posts.length}`);

  it('is posted each event from when it was set up on, signed, in order, and the audit is told whom it names', async () => {
    await add(1);
    const opened = open();
    await until(() => gallery.pages > 0, 'its first look');
    await add(2, 3);
    await count(2);
    const [{ headers, body } = { headers: {}, body: '' }] = posts;
    const [, at = '', signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['glimpse-signature'])) ?? [];
    assert.equal(signature, createHmac('sha256', SECRET).update(`${at}.${body}`).digest('hex'));
    assert.ok(Math.abs(Number(at) - Date.now() / 1000) < 60);
    assert.equal(headers['glimpse-cursor'], '0badcafe-2');
    assert.deepEqual(JSON.parse(body), {
      cursor: '0badcafe-2', kind: 'CONFIRMED', visitId: 'v2', cameraId: 'gate', collection: 'default', at: '1970-01-01T00:00:02.000Z', firstSeen: '1970-01-01T00:00:00.000Z',
      lastSeen: '1970-01-01T00:00:00.000Z', trackId: 1, box: { x: 0, y: 0, width: 1, height: 1 }, zones: ['door'],
      identity: { identityId: 'ada', externalId: '', name: 'name of ada', similarity: 0.7, threshold: 0.4 }, reason: 'seen',
    });
    assert.deepEqual(visits(), ['v2', 'v3']);
    assert.deepEqual(gallery.notes.map(({ call, identities }) => [call, identities]), [['Webhook', ['ada']]]);
    await opened.close();
  });

  it('is tried again until it takes an event, and the rest waits; a redirect is no taking', async () => {
    let failures = 0;
    status = ({ body }) => (body.includes('"v2"') && failures++ < 4 ? (failures === 3 ? 302 : 503) : 200);
    open();
    await until(() => gallery.pages > 0, 'its first look');
    await add(1, 2, 3);
    await count(7);
    assert.deepEqual(visits(), ['v1', 'v2', 'v2', 'v2', 'v2', 'v2', 'v3']);
  });

  it('goes on where it was after a restart, and delivers again what may have been lost', async () => {
    const first = open();
    await until(() => gallery.pages > 0, 'its first look');
    await add(1, 2);
    await until(() => gallery.taken === 2, 'both taken');
    await first.close();
    await add(3);
    status = () => 500;
    const second = open();
    await count(3);
    await second.close();
    status = () => 200;
    open();
    await until(() => visits().filter((visit) => visit === 'v3').length >= 2, 'the third again');
    assert.deepEqual(visits().slice(0, 3), ['v1', 'v2', 'v3']);
    assert.equal(new Set(visits().slice(2)).size, 1);
  });

  it('is refused where its settings are unsafe, by name', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'glimpse-hook-'));
    const secret = join(dir, 'secret');
    const refusal = async (settings: Parameters<typeof testConfig>[0], text = SECRET): Promise<unknown> => {
      await writeFile(secret, `${text}\n`);
      return hookOf(testConfig(settings)).then((found) => found?.secret, (error: unknown) => (error instanceof GlimpseError ? [error.detail.field, error.detail.reason] : error));
    };
    try {
      const [https, http] = ['https://example.org/hook', 'http://example.org/hook'];
      assert.equal(await refusal({}), undefined);
      assert.equal(await refusal({ webhook: https, webhookSecretFile: secret }), SECRET);
      assert.equal(await refusal({ webhook: http, webhookSecretFile: secret, insecure: true }), SECRET);
      assert.equal(await refusal({ webhook: 'http://[::1]:80/', webhookSecretFile: secret }), SECRET);
      assert.deepEqual(await refusal({ webhook: http, webhookSecretFile: secret }), ['--webhook', 'INSECURE']);
      assert.deepEqual(await refusal({ webhook: 'ftp://example.org', webhookSecretFile: secret }), ['--webhook', 'BAD_ADDRESS']);
      assert.deepEqual(await refusal({ webhook: https }), ['--webhook-secret-file', 'HALF_WEBHOOK']);
      assert.deepEqual(await refusal({ webhookSecretFile: secret }), ['--webhook', 'HALF_WEBHOOK']);
      assert.deepEqual(await refusal({ webhook: https, webhookSecretFile: join(dir, 'none') }), ['--webhook-secret-file', 'UNREADABLE']);
      assert.deepEqual(await refusal({ webhook: https, webhookSecretFile: secret }, 'short'), ['--webhook-secret-file', 'WEAK_SECRET']);
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});
