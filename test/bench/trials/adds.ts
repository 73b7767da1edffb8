import { serveTrial } from '../../../bench/support/trial.js';

serveTrial(({ a, b }: { a: number; b: number }, note) => {
  note('adding');
  return Promise.resolve({ sum: a + b, pid: process.pid });
});
