import type { Server } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';

const SERVICES = ['', 'glimpse.v1.Recognition', 'glimpse.v1.Gallery'];

/** grpc.health.v1, one answer for the whole server: serving once it is warm, as long as the gallery is ready and nobody stops it. */
export class Health {
  readonly #health = new HealthImplementation(Object.fromEntries(SERVICES.map((name) => [name, 'NOT_SERVING'])));
  readonly #reasons = new Set(['starting']);

  addToServer(server: Server): void {
    this.#health.addToServer(server);
  }

  /** Not serving while any reason is given. */
  set(reason: 'starting' | 'gallery' | 'stopping', applies: boolean): void {
    if (applies) this.#reasons.add(reason);
    else this.#reasons.delete(reason);
    for (const name of SERVICES) this.#health.setStatus(name, this.#reasons.size === 0 ? 'SERVING' : 'NOT_SERVING');
  }
}
