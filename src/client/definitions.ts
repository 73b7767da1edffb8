import { loadDefinitions, services } from '../definitions.js';

export const { Recognition, Gallery, rpc } = services(loadDefinitions());
