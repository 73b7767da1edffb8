import assert from 'node:assert/strict';
import { CallError } from '../../src/client/error.js';

/** The call fails with this status, reason and field, and says what to do. Returns the error for more questions. */
export async function refused(call: Promise<unknown>, code: string, reason: string, field?: string): Promise<CallError> {
  const error = await call.then(() => assert.fail(`${reason} was expected, but the call went well`), (thrown: unknown) => thrown);
  if (!(error instanceof CallError)) throw error;
  assert.deepEqual([error.code, error.reason], [code, reason], error.message);
  if (field !== undefined) assert.equal(error.field, field);
  assert.notEqual(error.cure, '');
  return error;
}
