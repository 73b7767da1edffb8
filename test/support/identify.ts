import type { ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import { CallError, toCallError } from '../../src/client/error.js';
import type { Stubs } from '../../src/client/channel.js';
import type { IdentifyRequest } from '../../src/generated/glimpse/v1/IdentifyRequest.js';
import type { IdentifyResponse__Output } from '../../src/generated/glimpse/v1/IdentifyResponse.js';
import type { StreamConfig } from '../../src/generated/glimpse/v1/StreamConfig.js';
import { until } from './wait.js';

/** A camera in a test's hand: sends what and when the test says, reads or does not, and keeps what came back. */
export class Camera {
  readonly call: ClientDuplexStream<IdentifyRequest, IdentifyResponse__Output>;
  readonly answers: IdentifyResponse__Output[] = [];
  /** Messages that the network took. */
  flushed = 0;
  ended = false;
  error: CallError | undefined;
  #sequence = 0;

  constructor({ recognition, metadata }: Stubs, options: { readonly reads?: boolean; readonly deadline?: number } = {}) {
    this.call = recognition.identify(metadata, options.deadline === undefined ? {} : { deadline: options.deadline });
    this.call.on('error', (error: ServiceError) => {
      const failure = toCallError(error);
      if (failure instanceof CallError) this.error = failure;
    });
    this.call.on('status', () => (this.ended = true));
    if (options.reads !== false) this.read();
    // grpc-js takes everything in until its first reader shows up: this one looks and takes nothing.
    else this.call.on('readable', () => undefined);
  }

  read(): this {
    this.call.removeAllListeners('readable');
    this.call.on('data', (answer: IdentifyResponse__Output) => this.answers.push(answer));
    return this;
  }

  send(request: IdentifyRequest): void {
    this.call.write(request, () => (this.flushed += 1));
  }

  configure(config: StreamConfig = {}): this {
    this.send({ config });
    return this;
  }

  /** One frame each; the fake vision reads them as text. Numbered from 1. */
  frames(...pictures: (string | Buffer)[]): this {
    for (const picture of pictures) {
      this.#sequence += 1;
      this.send({ frame: { sequence: this.#sequence, image: { encoded: Buffer.from(picture) } } });
    }
    return this;
  }

  async answered(count: number): Promise<void> {
    await until(() => this.answers.length >= count, `${count} answers, not ${this.answers.length}`);
  }

  /** Ends our side and waits for the status. */
  async finish(): Promise<void> {
    this.call.end();
    await this.status();
  }

  async status(): Promise<CallError | undefined> {
    await until(() => this.ended, 'a status');
    return this.error;
  }

  get sequences(): number[] {
    return this.answers.map(({ sequence }) => sequence);
  }

  /** `result`, or the reason for not looking. */
  get outcomes(): string[] {
    return this.answers.map(({ result, skipped }) => (result ? 'result' : (skipped?.reason ?? 'nothing')));
  }
}
