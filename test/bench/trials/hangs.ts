import { serveTrial } from '../../../bench/support/trial.js';

serveTrial(
  () =>
    new Promise(() => {
      setInterval(() => undefined, 1000);
    }),
);
