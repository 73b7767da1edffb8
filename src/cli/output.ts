import { once } from 'node:events';
import type { Failure } from './exit.js';

/** Where a verb puts its results: text for people or, with `--json`, one JSON value a line. Results go to stdout, all else to stderr. */
export class Output {
  readonly json: boolean;

  constructor(json: boolean) {
    this.json = json;
  }

  /** One result, in the form that was asked for. Resolves when stdout takes more. */
  async result(value: unknown, text: () => string): Promise<void> {
    await this.line(this.json ? JSON.stringify(value) : text());
  }

  async line(text: string): Promise<void> {
    if (!process.stdout.write(`${text}\n`)) await once(process.stdout, 'drain');
  }

  /** A remark for people; scripts that asked for JSON are spared it. */
  note(text: string): void {
    if (!this.json) process.stderr.write(`${text}\n`);
  }

  failure(failure: Failure): void {
    const { exit, ...error } = failure;
    if (this.json) {
      process.stderr.write(`${JSON.stringify({ error, exit })}\n`);
      return;
    }
    const where = failure.field === '' ? '' : ` (${failure.field})`;
    const cure = failure.cure === '' ? '' : `\n  ${failure.cure}`;
    process.stderr.write(`glimpse: ${failure.message}${where}${cure}\n`);
  }
}
