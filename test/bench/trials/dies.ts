import { serveTrial } from '../../../bench/support/trial.js';

serveTrial(() => process.exit(3));
