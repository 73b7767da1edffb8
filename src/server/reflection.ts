import type { Server } from '@grpc/grpc-js';
import type { AnyDefinition, PackageDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import descriptor, { type IDescriptorProto, type IFieldDescriptorProto, type IFileDescriptorProto } from 'protobufjs/ext/descriptor/index.js';

const { FileDescriptorProto } = descriptor;

/** grpc.reflection.v1 and v1alpha over what this server speaks. */
export function addReflection(server: Server, definitions: PackageDefinition): void {
  new ReflectionService(linked(definitions)).addToServer(server);
}

/**
 * The same definitions as protoc would have written them, for clients built on protobuf's own descriptors, grpcurl for one. proto-loader leaves out which files a
 * file depends on and the scope of a type's name (grpc-node #3018, #3034), calls the entry of a map otherwise, and forgets which fields are optional.
 */
export function linked(definitions: PackageDefinition): PackageDefinition {
  // A hundred definitions share a few files.
  const decoded = new Map([...new Set(Object.values(definitions).flatMap(filesOf))].map((bytes) => [bytes, decode(bytes)] as const));
  const files = new Map([...decoded.values()].map((file) => [file.name ?? '', file] as const));
  for (const file of files.values()) for (const message of file.messageType ?? []) asProtoc(message);
  const owners = new Map([...files.values()].flatMap((file) => typesOf(file).map((type) => [type, file.name ?? ''] as const)));
  for (const file of files.values()) link(file, owners);
  const again = new Map([...files].map(([name, file]) => [name, encode(file)] as const));
  return Object.fromEntries(Object.entries(definitions).map(([name, definition]) =>
    [name, { ...definition, fileDescriptorProtos: filesOf(definition).map((bytes) => again.get(decoded.get(bytes)?.name ?? '') ?? bytes) } as AnyDefinition]));
}

/** protobufjs knows the last field, but does not say so. */
type OneofField = IFieldDescriptorProto & { proto3Optional?: boolean };

/** Changes a message, and those within it, in place. */
function asProtoc(message: IDescriptorProto): void {
  for (const field of message.field ?? []) {
    const entry = message.nestedType?.find(({ name, options }) => options?.mapEntry === true && name !== undefined && field.typeName?.split('.').at(-1) === name);
    if (entry !== undefined) field.typeName = entry.name = `${(field.name ?? '').replace(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())}Entry`;
  }
  optionalLast(message);
  for (const nested of message.nestedType ?? []) asProtoc(nested);
}

/** An optional field is the only one of a oneof `_name`; those come after the oneofs that were written. */
function optionalLast(message: IDescriptorProto): void {
  const { oneofDecl = [] } = message;
  const synthetic = new Set<number>();
  // A field of no oneof has the index 0 as well, but not as its own.
  const chosen: OneofField[] = (message.field ?? []).filter((field) => Object.hasOwn(field, 'oneofIndex'));
  for (const field of chosen) {
    if (oneofDecl[field.oneofIndex ?? -1]?.name !== `_${field.name ?? ''}`) continue;
    field.proto3Optional = true;
    synthetic.add(field.oneofIndex ?? -1);
  }
  const order = [...oneofDecl.keys()].sort((a, b) => Number(synthetic.has(a)) - Number(synthetic.has(b)));
  message.oneofDecl = order.map((i) => oneofDecl[i] ?? {});
  for (const field of chosen) field.oneofIndex = order.indexOf(field.oneofIndex ?? -1);
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
