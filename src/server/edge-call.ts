import { setMaxListeners } from 'node:events';
import { type Metadata, ServerInterceptingCall, type ServerInterceptingCallInterface, type ServerMethodDefinition } from '@grpc/grpc-js';
import { v7 as newId } from 'uuid';
import { GlimpseError } from '../errors.js';
import { isOurs, type Principal } from './roles.js';
import type { WireStatus } from './status.js';

type Listener = Parameters<ServerInterceptingCallInterface['start']>[0];

/** What the edge tells the rest of the server about a call. */
export interface Ticket {
  readonly path: string;
  readonly peer: string;
  /** This call's own id, in the log and in the audit. */
  readonly request: string;
  principal: Principal;
  /** Common name of the client's certificate; empty where none was asked for. */
  readonly subject: string;
  /** Aborts with a GlimpseError when the client leaves, the deadline passes or the drain time is over. */
  readonly signal: AbortSignal;
  /** Lets one more message of a request stream in, or its end. */
  readonly more: () => void;
}

/** Who is let in, and where calls are signed out. */
interface Gate {
  admit(call: EdgeCall, metadata: Metadata): WireStatus | undefined;
  leave(call: EdgeCall): void;
}

const UNKNOWN: Principal = { id: '', role: 'identify', name: '' };
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * A call as it looks from the edge. grpc-js reads sixteen messages ahead of a handler, which with pictures is a lot of memory; here
 * a request stream of ours is read only as far as its handler asked, and one of the packages around us (reflection writes without
 * looking) only while nothing waits to be sent.
 */
export class EdgeCall extends ServerInterceptingCall {
  readonly ticket: Ticket;
  readonly #gate: Gate;
  readonly #onDemand: boolean;
  readonly #end = new AbortController();
  #deadline: NodeJS.Timeout | undefined;
  #wanted = false;
  #asked = 0;
  #unsent = 0;

  constructor(call: ServerInterceptingCallInterface, method: ServerMethodDefinition<unknown, unknown>, gate: Gate) {
    super(call);
    this.#gate = gate;
    setMaxListeners(0, this.#end.signal); // Every frame at work listens.
    this.#onDemand = isOurs(method.path) && method.requestStream;
    const more = (): void => {
      this.#asked += 1;
      this.#read();
    };
    const { sslPeerCertificate: certificate } = call.getAuthContext();
    const subject = [certificate?.subject.CN ?? []].flat().join(' ');
    this.ticket = { path: method.path, peer: call.getPeer(), request: newId(), principal: UNKNOWN, subject, signal: this.#end.signal, more };
  }

  abort(reason: GlimpseError): void {
    this.#end.abort(reason);
  }

  override start(listener: Listener): void {
    super.start({
      onReceiveMetadata: (metadata) => {
        const refusal = this.#gate.admit(this, metadata);
        if (refusal !== undefined) {
          this.sendStatus(refusal);
          return;
        }
        this.#watchDeadline();
        listener.onReceiveMetadata(metadata);
      },
      onReceiveMessage: (message) => {
        listener.onReceiveMessage(message);
      },
      onReceiveHalfClose: () => {
        listener.onReceiveHalfClose();
      },
      onCancel: () => {
        this.#leave();
        listener.onCancel();
      },
    });
  }

  override startRead(): void {
    this.#wanted = true;
    this.#read();
  }

  override sendMessage(message: unknown, sent: () => void): void {
    this.#unsent += 1;
    super.sendMessage(message, () => {
      this.#unsent -= 1;
      sent();
      this.#read();
    });
  }

  #read(): void {
    const may = this.#onDemand ? this.#asked > 0 : this.#unsent === 0;
    if (!this.#wanted || !may) return;
    this.#wanted = false;
    if (this.#onDemand) this.#asked -= 1;
    super.startRead();
  }

  /** grpc-js sends the status of a passed deadline; this stops the work, also where that status cannot get through to the client. */
  #watchDeadline(): void {
    const left = Number(this.getDeadline()) - Date.now();
    if (left > LONGEST_TIMER_MS) return;
    const detail = { reason: 'DEADLINE_PASSED', cure: 'allow more time, or send less at once' };
    this.#deadline = setTimeout(() => this.abort(new GlimpseError('deadline', 'the deadline passed', detail)), Math.max(0, left));
  }

  /** Called once for every call, however it ended: also after our own status. */
  #leave(): void {
    clearTimeout(this.#deadline);
    this.#gate.leave(this);
    this.#end.abort(new GlimpseError('cancelled', 'the client left', { reason: 'CLIENT_LEFT', cure: 'nothing to do' }));
  }
}
