import type { ActorStep } from './actor-steps.ts';
import type { Actors } from './actors.ts';
import type { Inbox } from './inbox.ts';
import { Memo } from './memo.ts';
import type { ActorRecord } from './world.ts';

export interface Hearing {
  /** The records that it may become, numbered. */
  readonly next: readonly number[];
  /** A rule of its own that the code found broken while it counted. */
  readonly broken: string | null;
}

const SILENCE: Hearing = { next: [], broken: null };

/** What actors make of what was said to them: worked out once for each actor and each set of things that can be said. */
export class Hearings {
  readonly #actors: Actors;
  readonly #inbox: Inbox;
  /** A path of views, as a tree: the number of a path and the view after it, to the number of the longer path. */
  readonly #paths = new Map<number, number>();
  readonly #heard = new Map<number, Hearing>();
  readonly #listens = new Memo((actor) => listens(this.#actors.records.get(actor)));
  readonly #named: number;
  readonly #views: Int32Array;

  /** @param named how many acceptors, from the first, are told apart from the others. */
  constructor(actors: Actors, inbox: Inbox, acceptors: number, named: number) {
    this.#named = named;
    this.#actors = actors;
    this.#inbox = inbox;
    this.#views = new Int32Array(acceptors);
  }

  /** @param state its first numbers are the acceptors. */
  of(actor: number, state: Int32Array): Hearing {
    if (!this.#listens.get(actor)) return SILENCE;
    for (let at = 0; at < this.#views.length; at += 1) this.#views[at] = this.#inbox.viewOf(state[at] ?? -1, actor);
    this.#views.subarray(this.#named).sort();
    let path = -1 - actor;
    for (const view of this.#views) path = this.#longer(path, view);
    const known = this.#heard.get(path);
    if (known !== undefined) return known;
    const hearing = this.#work(actor);
    this.#heard.set(path, hearing);
    return hearing;
  }

  /**
   * How an actor came from one record to the next, for a trace: what it heard, by the acceptors' places in `state`.
   * Undefined where it stopped at what it heard.
   */
  explain(actor: number, state: Int32Array, next: number): ActorStep | undefined {
    if (this.of(actor, state).broken !== null) return undefined;
    const replies = Array.from(this.#views, (_, at) =>
      this.#inbox.repliesIn(this.#inbox.viewOf(state[at] ?? -1, actor)),
    );
    return this.#actors
      .hear(this.#actors.records.get(actor), replies)
      .find((step) => this.#actors.records.numberOf(step.next) === next);
  }

  #longer(path: number, view: number): number {
    const key = path * 0x100_0000 + view;
    const known = this.#paths.get(key);
    if (known !== undefined) return known;
    const number = this.#paths.size;
    this.#paths.set(key, number);
    return number;
  }

  #work(actor: number): Hearing {
    const replies = Array.from(this.#views, (view) => this.#inbox.repliesIn(view));
    try {
      const steps = this.#actors.hear(this.#actors.records.get(actor), replies);
      return { next: [...new Set(steps.map(({ next }) => this.#actors.records.numberOf(next)))], broken: null };
    } catch (cause) {
      return { next: [], broken: String(cause) };
    }
  }
}

function listens({ status }: ActorRecord): boolean {
  return status.type !== 'idle' && status.type !== 'done';
}
