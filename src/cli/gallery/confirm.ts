import { createInterface } from 'node:readline/promises';
import { UsageError } from '../exit.js';

/** Asks whoever sits at the terminal. Throws UsageError where nobody does. */
export async function confirmed(names: readonly string[]): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UsageError('deleting needs a yes', 'give --yes when nobody is there to be asked');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`Delete ${names.join(', ')} for ever? [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
