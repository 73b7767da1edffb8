import assert from 'node:assert/strict';
import { credentials, loadPackageDefinition, type Client, type ClientDuplexStream, type ServiceClientConstructor } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { Camera } from '../support/identify.js';
import { refused } from '../support/refused.js';
import { type FakeServer, startFake } from '../support/server.js';
import { settled } from '../support/wait.js';

describe('limits', () => {
  it('refuse one Identify stream too many, and take one again when another ends', async () => {
    const fake = await startFake({ config: { maxStreams: 2 } });
    const cameras = [1, 2].map(() => new Camera(fake.stubs).configure().frames('a'));
    for (const camera of cameras) await camera.answered(1);
    const error = await new Camera(fake.stubs).configure().status();
    assert.deepEqual([error?.code, error?.reason], ['RESOURCE_EXHAUSTED', 'TOO_MANY_STREAMS']);
    await cameras[0]?.finish();
    await new Camera(fake.stubs).configure().frames('a').answered(1);
    await fake.stop();
  });

  it('refuse a message that is too large', async () => {
    const fake = await startFake({ config: { maxMessageBytes: 100_000 } });
    const search = fake.client.search({ image: { encoded: Buffer.alloc(200_000) } });
    await assert.rejects(search, { code: 'RESOURCE_EXHAUSTED', message: /larger than max \(200\d+ vs\.? 100000\)/ });
    const error = await new Camera(fake.stubs).configure().frames(Buffer.alloc(200_000)).status();
    assert.equal(error?.code, 'RESOURCE_EXHAUSTED');
    await fake.stop();
  });

  it('refuse calls that would wait in a long queue', async () => {
    const fake = await startFake();
    fake.vision.hold();
    const calls = Array.from({ length: 40 }, () => fake.client.search({ image: { encoded: Buffer.from('a') } }));
    const refusals = Promise.all(calls.slice(32).map((call) => refused(call, 'RESOURCE_EXHAUSTED', 'TOO_MANY_CALLS')));
    await refusals;
    fake.vision.letAllGo();
    await Promise.all(calls.slice(0, 32));
    await fake.stop();
  });
});

describe('reflection', () => {
  interface Answer {
    readonly listServicesResponse?: { readonly service: { readonly name: string }[] };
    readonly fileDescriptorResponse?: { readonly fileDescriptorProto: Buffer[] };
  }
  type ReflectionClient = Client & { serverReflectionInfo(): ClientDuplexStream<object, Answer> };
  const proto = 'node_modules/@grpc/reflection/build/proto/grpc/reflection/v1/reflection.proto';
  const loaded = loadPackageDefinition(loadSync(proto)) as unknown as { grpc: { reflection: { v1: { ServerReflection: ServiceClientConstructor } } } };
  const { ServerReflection } = loaded.grpc.reflection.v1;
  let fake: FakeServer;
  let client: ReflectionClient;
  beforeEach(async () => {
    fake = await startFake();
    client = new ServerReflection(`127.0.0.1:${fake.server.port}`, credentials.createInsecure()) as unknown as ReflectionClient;
  });
  afterEach(async () => {
    client.close();
    await fake.stop();
  });

  it('tells what there is to call, as grpcurl asks it', async () => {
    const call = client.serverReflectionInfo();
    const answers: Answer[] = [];
    call.on('data', (answer: Answer) => answers.push(answer));
    call.write({ listServices: '' });
    call.write({ fileContainingSymbol: 'glimpse.v1.Gallery' });
    call.end();
    await new Promise((resolve) => call.on('end', resolve));
    const names = answers[0]?.listServicesResponse?.service.map(({ name }) => name) ?? [];
    for (const name of ['glimpse.v1.Recognition', 'glimpse.v1.Gallery', 'grpc.health.v1.Health']) assert.ok(names.includes(name), names.join());
    assert.ok((answers[1]?.fileDescriptorResponse?.fileDescriptorProto.length ?? 0) > 0);
  });

  it('is not read ahead of a client that asks without reading', async () => {
    const call = client.serverReflectionInfo();
    call.on('error', () => undefined).on('readable', () => undefined);
    let taken = 0;
    const question = { fileContainingSymbol: 'glimpse.v1.Gallery', host: 'h'.repeat(10_000) };
    for (let i = 0; i < 1000; i++) call.write(question, () => (taken += 1));
    // grpc-js itself keeps 1 MB of what is sent, to be able to try again.
    assert.ok((await settled(() => taken)) < 200, `${taken} questions were taken`);
    call.cancel();
  });
});
