import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { GlimpseError } from '../errors.js';
import type { Network, Tensor } from '../runtime/network.js';
import { revived } from './failure.js';
import type { Ask, LaneReply, NetworkName, Ticket } from './lane-messages.js';

interface Pending {
  readonly resolve: (results: Tensor[]) => void;
  readonly reject: (error: unknown) => void;
}

/** A vision worker's side of the lane: both networks, computed elsewhere. For one picture at a time: `ticket` says for which. */
export class LaneClient {
  ticket: Ticket = { picture: 0, stream: 0 };
  /** The lane's end of the line. */
  readonly far: MessagePort;
  private readonly port: MessagePort;
  private readonly pending = new Map<number, Pending>();
  private asked = 0;
  private gone = false;

  constructor() {
    const { port1, port2 } = new MessageChannel();
    [this.port, this.far] = [port1, port2];
    this.port.on('message', (reply: LaneReply) => this.settle(reply));
    this.port.on('close', () => this.lose());
  }

  network(network: NetworkName): Network {
    return {
      run: (input, outputs) => this.ask({ network, input: { data: input.data.slice(), shape: input.shape }, outputs }),
      close: () => {
        this.port.close();
        return Promise.resolve();
      },
    };
  }

  private ask(what: Omit<Ask, 'id' | 'ticket'>): Promise<Tensor[]> {
    if (this.gone) return Promise.reject(lost());
    const ask: Ask = { ...what, id: ++this.asked, ticket: this.ticket };
    return new Promise((resolve, reject) => {
      this.pending.set(ask.id, { resolve, reject });
      this.port.postMessage(ask, [ask.input.data.buffer as ArrayBuffer]);
    });
  }

  private settle(reply: LaneReply): void {
    const pending = this.pending.get(reply.id);
    this.pending.delete(reply.id);
    if ('failure' in reply) pending?.reject(revived(reply.failure));
    else pending?.resolve([...reply.results]);
  }

  private lose(): void {
    this.gone = true;
    for (const { reject } of this.pending.values()) reject(lost());
    this.pending.clear();
  }
}

function lost(): GlimpseError {
  return new GlimpseError('unavailable', 'the thread that runs the networks has ended', { reason: 'NETWORKS_LOST', cure: 'start the server again; its log says why the thread ended' });
}
