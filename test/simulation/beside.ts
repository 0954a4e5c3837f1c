import type { Presence } from '../../src/ports.ts';
import type { Violation } from './history/history.ts';
import type { Life } from './life.ts';

/** What one life was told of another on its prefix. */
interface Told {
  readonly by: Life;
  readonly atMs: number;
  /** Of the teller's clock that it goes by: a jump makes it wait for longer or less. */
  readonly jumps: number;
}

/**
 * Judges that a prefix belongs to one cluster. It knows which cluster each life is of, and notes what reached whom; what the
 * members make of it is theirs.
 */
export class Beside {
  readonly #now: () => number;
  readonly #peerSilentMs: number;
  readonly #flag: (violation: Violation) => void;
  /** Who of another cluster told a life that it serves. */
  readonly #strangers = new Map<Life, Map<Life, Told>>();
  /** Lives that said goodbye: what they had said before may arrive after it. */
  readonly #gone = new Map<Life, Set<Life>>();
  /** Lives that had an answer from a stranger that serves, and those that heard their own cluster serve. */
  readonly #answered = new Set<Life>();
  readonly #accompanied = new Set<Life>();

  constructor(now: () => number, peerSilentMs: number, flag: (violation: Violation) => void) {
    this.#now = now;
    this.#peerSilentMs = peerSilentMs;
    this.#flag = flag;
  }

  onHeard(life: Life, from: Life, { stage }: Presence, isAnswer: boolean): void {
    if (from === life) return;
    const gone = this.#gone.get(life) ?? new Set<Life>();
    this.#gone.set(life, gone);
    if (stage === 'left') gone.add(from);
    if (stage !== 'serving' || gone.has(from)) return;
    if (from.cluster === life.cluster) {
      if (from.member !== life.member && life.isOpen) this.#accompanied.add(life);
      return;
    }
    const strangers = this.#strangers.get(life) ?? new Map<Life, Told>();
    this.#strangers.set(life, strangers);
    strangers.set(from, { by: from, atMs: this.#now(), jumps: life.clockJumps() });
    if (isAnswer) this.#answered.add(life);
  }

  /** Whether a life must refuse requests as of now. */
  mustRefuse(life: Life): boolean {
    const gone = this.#gone.get(life);
    return Array.from(this.#strangers.get(life)?.values() ?? []).some(
      ({ by, atMs, jumps }) => !gone?.has(by) && jumps === life.clockJumps() && this.#now() - atMs < this.#peerSilentMs,
    );
  }

  /** A life serves: it must not have learned by then that the prefix is another cluster's alone. */
  onServing(life: Life): void {
    if (!this.#answered.has(life) || this.#accompanied.has(life)) return;
    this.#flag({
      property: 'a member does not join on the prefix of another cluster',
      register: null,
      detail: `${life}`,
    });
  }

  /** Whether a life had to end because its prefix is taken. */
  mayLeave(life: Life): boolean {
    return this.#answered.has(life) && !this.#accompanied.has(life);
  }
}
