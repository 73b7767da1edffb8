import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { credentials, loadPackageDefinition, type Client, type ClientDuplexStream, type ServiceClientConstructor } from '@grpc/grpc-js';
import { loadSync, type MessageTypeDefinition } from '@grpc/proto-loader';
import descriptor, { type IDescriptorProto, type IEnumDescriptorProto, type IFileDescriptorProto } from 'protobufjs/ext/descriptor/index.js';
import { linked } from '../../src/server/reflection.js';
import { withFolder } from '../support/folder.js';
import { type FakeServer, startFake } from '../support/server.js';
import { settled } from '../support/wait.js';

interface Declaring {
  readonly messageType?: IDescriptorProto[];
  readonly nestedType?: IDescriptorProto[];
  readonly enumType?: IEnumDescriptorProto[];
}

/** Full names of what is declared in a scope such as `.glimpse.v1`. */
function declared(scope: string, { messageType, nestedType, enumType }: Declaring): string[] {
  const messages = [...(messageType ?? []), ...(nestedType ?? [])];
  return [
    ...(enumType ?? []).map(({ name }) => `${scope}.${name ?? ''}`),
    ...messages.flatMap((message) => [`${scope}.${message.name ?? ''}`, ...declared(`${scope}.${message.name ?? ''}`, message)]),
  ];
}

const dependencies = ({ dependency }: IFileDescriptorProto): string[] => (dependency as string[] | undefined) ?? [];

/** The types that a file's fields and calls name, as they name them. */
function used(file: IFileDescriptorProto): string[] {
  const fields = (messages: readonly IDescriptorProto[]): string[] =>
    messages.flatMap(({ field, nestedType }) => [...(field ?? []).map(({ typeName }) => typeName ?? ''), ...fields(nestedType ?? [])]);
  const calls = (file.service ?? []).flatMap(({ method }) => (method ?? []).flatMap(({ inputType, outputType }) => [inputType ?? '', outputType ?? '']));
  return [...fields(file.messageType ?? []), ...calls].filter((type) => type !== '');
}

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

  it('lets strict clients link what they fetch: types by their full names, files by the names of those they depend on', async () => {
    const ask = async (question: object): Promise<IFileDescriptorProto> => {
      const call = client.serverReflectionInfo();
      const answer = new Promise<Answer>((resolve, reject) => call.once('data', resolve).once('error', reject));
      call.write(question);
      call.end();
      const [file] = (await answer).fileDescriptorResponse?.fileDescriptorProto ?? [];
      assert.ok(file !== undefined, JSON.stringify(question));
      return descriptor.FileDescriptorProto.decode(file) as IFileDescriptorProto;
    };
    const files = new Map<string, IFileDescriptorProto>();
    const gather = async (file: IFileDescriptorProto): Promise<void> => {
      files.set(file.name ?? '', file);
      for (const name of dependencies(file)) if (!files.has(name)) await gather(await ask({ fileByFilename: name }));
    };
    await gather(await ask({ fileContainingSymbol: 'glimpse.v1.Gallery' }));
    const own = (file: IFileDescriptorProto): string[] => declared(`.${file.package ?? ''}`, file);
    for (const file of files.values()) {
      const reachable = new Set([file, ...dependencies(file).map((name) => files.get(name) ?? {})].flatMap(own));
      for (const type of used(file)) assert.ok(reachable.has(type), `${file.name ?? ''} uses ${type}`);
    }
    assert.ok([...files.values()].flatMap(own).includes('.google.protobuf.Timestamp'));
    const message = (name: string): IDescriptorProto => [...files.values()].flatMap(({ messageType }) => messageType ?? []).find((one) => one.name === name) ?? assert.fail(name);
    // As protoc writes them: Go's protobuf, and so grpcurl, links no file with a map entry of another name or with optional fields before other oneofs.
    const { field = [], nestedType = [] } = message('EnrollRequest');
    assert.equal(field.find(({ name }) => name === 'metadata')?.typeName, '.glimpse.v1.EnrollRequest.MetadataEntry');
    assert.deepEqual(nestedType.map(({ name, options }) => [name, options?.mapEntry]), [['MetadataEntry', true]]);
    assert.ok(message('StreamConfig').field?.some(({ name }) => name === 'camera_id'), 'fields have their names of the proto files');
    const optional = (one: IDescriptorProto): string[] => (one.field ?? []).filter((each) => (each as { proto3Optional?: boolean }).proto3Optional === true).map(({ name }) => name ?? '');
    assert.deepEqual(optional(message('StreamConfig')), ['threshold', 'fpir']);
  });

  it('puts the oneofs of optional fields after those that were written, each field still in its own', () => withFolder(async (folder) => {
    const source = 'syntax = "proto3"; package p; message M { optional int32 a_b = 1; oneof choice { int32 c = 2; int32 d = 3; } map<string, int32> by_name = 4; message N { optional string e = 1; } }';
    await writeFile(join(folder, 'm.proto'), source);
    const { fileDescriptorProtos } = linked(loadSync(join(folder, 'm.proto'), { keepCase: true }))['p.M'] as MessageTypeDefinition<object, object>;
    const [found] = (descriptor.FileDescriptorProto.decode(fileDescriptorProtos[0] ?? assert.fail()) as IFileDescriptorProto).messageType ?? [];
    assert.deepEqual(found?.oneofDecl?.map(({ name }) => name), ['choice', '_a_b']);
    const own = (found.field ?? []).map((field) => [field.name, Object.hasOwn(field, 'oneofIndex') ? field.oneofIndex : undefined, Object.hasOwn(field, 'proto3Optional')]);
    assert.deepEqual(own, [['a_b', 1, true], ['c', 0, false], ['d', 0, false], ['by_name', undefined, false]]);
    assert.deepEqual(found.nestedType?.map(({ name }) => name).sort(), ['ByNameEntry', 'N']);
    assert.equal(found.field?.[3]?.typeName, '.p.M.ByNameEntry');
  }));

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
