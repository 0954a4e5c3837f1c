import type { Clock } from '../ports.ts';
import type { MemberId } from '../protocol/ballot.ts';

/** How long the first suspicion lasts; each one after it that found the member silent again lasts twice as long. */
const FIRST_MS = 500;
const LONGEST_MS = 8_000;

interface Suspicion {
  readonly untilMs: number;
  readonly lastsMs: number;
}

/**
 * Members that did not answer in time. Nothing rests on it but speed: a home that is suspected is passed over, and asked
 * again after a while that grows, so that one which is dead costs a time-out once in a while, not at every write.
 */
export class Suspicions {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #suspicions = new Map<MemberId, Suspicion>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  isSuspected(member: MemberId): boolean {
    const suspicion = this.#suspicions.get(member);
    return suspicion !== undefined && suspicion.untilMs > this.#clock.now();
  }

  suspect(member: MemberId): void {
    const earlier = this.#suspicions.get(member);
    const nowMs = this.#clock.now();
    // Several batches that wait for the same answer find it missing at the same time: that is one finding.
    if (earlier !== undefined && earlier.untilMs > nowMs) return;
    const lastsMs = earlier === undefined ? FIRST_MS : Math.min(LONGEST_MS, earlier.lastsMs * 2);
    this.#suspicions.set(member, { untilMs: nowMs + lastsMs, lastsMs });
  }

  /** It answered. */
  clear(member: MemberId): void {
    this.#suspicions.delete(member);
  }
}
