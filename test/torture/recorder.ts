import type { Call, History, Publication, ReadCall, Seen, WriteCall } from '../simulation/history/history.ts';

/** Writes down what clients did and saw, in the order in which they did: all clients of an episode share one. */
export class Recorder implements History {
  readonly calls: Call[] = [];
  readonly publications: Publication[] = [];
  #lastMs = 0;

  beginWrite(client: string, register: string, proposal: Seen): WriteCall {
    const call: WriteCall = { ...this.#begin(client, register), kind: 'write', proposal };
    this.calls.push(call);
    return call;
  }

  beginRead(client: string, register: string): ReadCall {
    const call: ReadCall = { ...this.#begin(client, register), kind: 'read' };
    this.calls.push(call);
    return call;
  }

  end<Kind extends Call>(call: Kind, outcome: NonNullable<Kind['outcome']>, seen: Seen | undefined): Kind {
    call.returnedAt = this.#instant();
    call.outcome = outcome;
    if (seen !== undefined) call.seen = seen;
    return call;
  }

  publish(member: string, register: string, decision: Seen): void {
    this.publications.push({ at: this.#instant(), member, register, decision });
  }

  #begin(client: string, register: string) {
    // NATS picks the member: which it was, the caller cannot tell.
    return { id: this.calls.length, client, member: 'any', register, invokedAt: this.#instant() };
  }

  /** Milliseconds of the monotonic clock; no two alike, so that what happened first is never in doubt. */
  #instant(): number {
    this.#lastMs = Math.max(performance.now(), this.#lastMs + 0.0001);
    return this.#lastMs;
  }
}
