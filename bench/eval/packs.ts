import { existsSync } from 'node:fs';
import { open, readFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** A row of a `.tsv`: field name → text. A header's name ends at its first bracket: `faces(x,y,w,h)` is `faces`. */
export type Row = Readonly<Record<string, string>>;

export async function readTable(path: string): Promise<Row[]> {
  const [header = '', ...lines] = (await readFile(path, 'utf8')).split('\n');
  const names = header.split('\t').map((name) => name.split('(')[0] ?? '');
  return lines.filter((line) => line !== '').map((line, i) => toRow(line.split('\t'), names, `${path}:${i + 2}`));
}

function toRow(values: readonly string[], names: readonly string[], where: string): Row {
  if (values.length !== names.length) throw new Error(`${where}: ${values.length} fields, the header has ${names.length}`);
  return Object.fromEntries(names.map((name, i) => [name, values[i] ?? '']));
}

/** `NAME.bin` holds encoded pictures end to end; a line of `NAME.tsv` says where each begins, how long it is, and what is known of it. */
export class Pack {
  private constructor(
    readonly rows: readonly Row[],
    private readonly file: FileHandle,
  ) {}

  static exists(folder: string, name: string): boolean {
    return existsSync(join(folder, `${name}.bin`)) && existsSync(join(folder, `${name}.tsv`));
  }

  static async open(folder: string, name: string): Promise<Pack> {
    return new Pack(await readTable(join(folder, `${name}.tsv`)), await open(join(folder, `${name}.bin`)));
  }

  /** The encoded picture of a row. */
  async read(index: number): Promise<Uint8Array> {
    const row = this.rows[index];
    if (row === undefined) throw new RangeError(`no row ${index}`);
    const bytes = new Uint8Array(Number(field(row, 'bytes')));
    const { bytesRead } = await this.file.read(bytes, 0, bytes.length, Number(field(row, 'offset')));
    if (bytesRead !== bytes.length) throw new Error(`the .bin ends within picture ${index}`);
    return bytes;
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

export function field(row: Row, name: string): string {
  const value = row[name];
  if (value === undefined) throw new Error(`no field ${name}; there are ${Object.keys(row).join(', ')}`);
  return value;
}

/** `1.5,2` → [1.5, 2]; an empty text has no numbers. */
export const numbers = (text: string): number[] => (text === '' ? [] : text.split(',').map(Number));
