import { GlimpseError } from '../errors.js';

/** A JSON value together with its place in its file, so that whatever is wrong with it can be named. */
export class JsonNode {
  constructor(
    private readonly value: unknown,
    private readonly file: string,
    private readonly path = '',
  ) {}

  get(key: string): JsonNode {
    const inner = this.path === '' ? key : `${this.path}.${key}`;
    return new JsonNode(this.object()[key], this.file, inner);
  }

  keys(): string[] {
    return Object.keys(this.object());
  }

  has(key: string): boolean {
    return this.object()[key] !== undefined;
  }

  isList(): boolean {
    return Array.isArray(this.value);
  }

  /** `name`, provided that this list has it. */
  listed(name: string): string {
    if (!this.list().some((item) => item.value === name)) throw this.wrong(`a list with ${JSON.stringify(name)}`);
    return name;
  }

  list(length?: number): JsonNode[] {
    const { value } = this;
    if (!Array.isArray(value) || (length !== undefined && value.length !== length)) {
      throw this.wrong(length === undefined ? 'a list' : `a list of ${length}`);
    }
    return value.map((item, i) => new JsonNode(item, this.file, `${this.path}[${i}]`));
  }

  text(): string {
    if (typeof this.value !== 'string' || this.value === '') throw this.wrong('a text');
    return this.value;
  }

  number(min = -Infinity, max = Infinity): number {
    const { value } = this;
    if (typeof value !== 'number' || !(value >= min && value <= max)) {
      throw this.wrong(min === -Infinity ? 'a number' : `a number from ${min} to ${max}`);
    }
    return value;
  }

  whole(min: number): number {
    if (!Number.isInteger(this.value)) throw this.wrong('a whole number');
    return this.number(min, 2 ** 31);
  }

  oneOf<T extends string>(...choices: T[]): T {
    const found = choices.find((choice) => choice === this.value);
    if (found === undefined) throw this.wrong(choices.map((choice) => JSON.stringify(choice)).join(' or '));
    return found;
  }

  matching(pattern: RegExp, wanted: string): string {
    const value = this.text();
    if (!pattern.test(value)) throw this.wrong(wanted);
    return value;
  }

  wrong(wanted: string): GlimpseError {
    const found = this.value === undefined ? 'is missing' : `is ${JSON.stringify(this.value).slice(0, 60)}`;
    return new GlimpseError('precondition', `${this.file}: "${this.path}" ${found}; it has to be ${wanted}`, {
      field: this.path,
      reason: 'CONTRACT_INVALID',
      cure: 'restore the contract that was released with the network',
    });
  }

  private object(): Record<string, unknown> {
    if (typeof this.value !== 'object' || this.value === null || Array.isArray(this.value)) throw this.wrong('an object');
    return this.value as Record<string, unknown>;
  }
}
