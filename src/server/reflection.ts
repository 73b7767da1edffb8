import type { Server } from '@grpc/grpc-js';
import type { AnyDefinition, PackageDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import descriptor, { type IDescriptorProto, type IFileDescriptorProto } from 'protobufjs/ext/descriptor/index.js';

const { FileDescriptorProto } = descriptor;

/** grpc.reflection.v1 and v1alpha over what this server speaks. */
export function addReflection(server: Server, definitions: PackageDefinition): void {
  new ReflectionService(linked(definitions)).addToServer(server);
}

/**
 * The same definitions, each file naming the files it depends on and every type by its full name. proto-loader leaves both out, and grpcurl, like
 * every client built on protobuf's own descriptors, then cannot resolve a type of another package (grpc-node #3018, #3034).
 */
export function linked(definitions: PackageDefinition): PackageDefinition {
  const files = new Map<string, IFileDescriptorProto>();
  for (const definition of Object.values(definitions)) {
    for (const file of filesOf(definition).map(decode)) files.set(file.name ?? '', file);
  }
  const owners = new Map([...files.values()].flatMap((file) => typesOf(file).map((type) => [type, file.name ?? ''] as const)));
  for (const file of files.values()) link(file, owners);
  const again = (bytes: Buffer): Buffer => encode(files.get(decode(bytes).name ?? '') ?? {});
  return Object.fromEntries(Object.entries(definitions).map(([name, definition]) =>
    [name, { ...definition, fileDescriptorProtos: filesOf(definition).map(again) } as AnyDefinition]));
}

/** Of a message or enum; services have none. */
const filesOf = (definition: AnyDefinition): readonly Buffer[] =>
  Array.isArray(definition.fileDescriptorProtos) ? definition.fileDescriptorProtos : [];

const decode = (bytes: Uint8Array): IFileDescriptorProto => FileDescriptorProto.decode(bytes) as IFileDescriptorProto;
const encode = (file: IFileDescriptorProto): Buffer => Buffer.from(FileDescriptorProto.encode(file).finish());

/** Full names of all messages and enums, nested ones too. */
function typesOf({ package: scope = '', messageType, enumType }: IFileDescriptorProto): string[] {
  const within = (outer: string, message: IDescriptorProto): string[] => {
    const name = `${outer}.${message.name ?? ''}`;
    const enums = (message.enumType ?? []).map((type) => `${name}.${type.name ?? ''}`);
    return [name, ...enums, ...(message.nestedType ?? []).flatMap((nested) => within(name, nested))];
  };
  return [...(messageType ?? []).flatMap((message) => within(scope, message)), ...(enumType ?? []).map((type) => `${scope}.${type.name ?? ''}`)];
}

function link(file: IFileDescriptorProto, owners: ReadonlyMap<string, string>): void {
  const dependencies = new Set<string>();
  const full = (type: string, scope: string): string => {
    const name = resolve(type, scope, owners);
    dependencies.add(owners.get(name) ?? '');
    return `.${name}`;
  };
  const visit = (message: IDescriptorProto, outer: string): void => {
    const scope = `${outer}.${message.name ?? ''}`;
    for (const field of message.field ?? []) if (field.typeName) field.typeName = full(field.typeName, scope);
    for (const nested of message.nestedType ?? []) visit(nested, scope);
  };
  const scope = file.package ?? '';
  for (const message of file.messageType ?? []) visit(message, scope);
  for (const { method } of file.service ?? []) {
    for (const call of method ?? []) {
      call.inputType = full(call.inputType ?? '', scope);
      call.outputType = full(call.outputType ?? '', scope);
    }
  }
  dependencies.delete(file.name ?? '');
  file.dependency = [...dependencies].sort();
}

/** As protobuf looks names up: in the innermost scope first. Throws when no file declares the type. */
function resolve(type: string, scope: string, owners: ReadonlyMap<string, string>): string {
  if (type.startsWith('.')) return type.slice(1);
  for (let outer = scope; ; outer = outer.slice(0, Math.max(0, outer.lastIndexOf('.')))) {
    const name = outer === '' ? type : `${outer}.${type}`;
    if (owners.has(name)) return name;
    if (outer === '') throw new Error(`no proto file declares ${type}, used in ${scope}`);
  }
}
