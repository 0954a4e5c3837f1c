import type { Acceptors } from './acceptors.ts';
import type { Actors } from './actors.ts';
import { HomeActors } from './home-actors.ts';
import { Memo } from './memo.ts';
import type { Rules } from './rules.ts';
import type { ActorRecord, WorldSpec } from './world.ts';

/** What a home does of its own accord, with a look at its own acceptor, or a hand on it. */
export interface HomeMove {
  readonly type: 'begin' | 'open' | 'restart actor' | 'fence' | 'note report' | 'commit others';
  readonly next: number;
  /** What its acceptor becomes. */
  readonly own: number;
}

/** The moves of a home: one member in both its roles, so that a crash takes both, and one disk answers for both. */
export class HomeMoves {
  readonly #actors: Actors;
  readonly #homes: HomeActors;
  readonly #acceptors: Acceptors;
  readonly #rules: Rules;
  readonly #movesOf = new Memo((actor) => new Memo((own) => this.#all(actor, own)));

  constructor(actors: Actors, acceptors: Acceptors, rules: Rules, world: WorldSpec) {
    this.#homes = new HomeActors(rules, world);
    this.#actors = actors;
    this.#acceptors = acceptors;
    this.#rules = rules;
  }

  of(actor: number, own: number): readonly HomeMove[] {
    return this.#movesOf.get(actor).get(own);
  }

  #all(actor: number, own: number): readonly HomeMove[] {
    const record = this.#actors.records.get(actor);
    const opens = this.#acceptors.mayOpen.get(own) ? this.#homes.open(record, this.#acceptors.heldBy(own) + 1) : null;
    const moves: readonly (readonly [HomeMove['type'], ActorRecord | null, number])[] = [
      ['open', opens, own],
      ['begin', this.#actors.begin(record), own],
      ['restart actor', this.#actors.restart(record), this.#acceptors.restart(own)],
      ...this.#fenceMoves(record, own),
    ];
    return moves.flatMap(([type, next, became]) =>
      next === null ? [] : [{ type, next: this.#actors.records.numberOf(next), own: became }],
    );
  }

  #fenceMoves(record: ActorRecord, own: number): (readonly [HomeMove['type'], ActorRecord | null, number])[] {
    const { fencing } = this.#rules;
    if (fencing === null) return [];
    const { fence, opened, committedOthers } = record;
    const batches = opened.flatMap((accept) => ('batch' in accept ? Number(accept.batch) : []));
    const highest = Math.max(this.#acceptors.heldBy(own), ...batches);
    const isUnderWay = highest > this.#acceptors.heldBy(own);
    const mayCommit =
      fencing.hasOthers && fence.stage === 'through' && !committedOthers && !(isUnderWay && fencing.commitsInOrder);
    const others = mayCommit ? { ...record, committedOthers: true } : null;
    const noted =
      fence.stage === 'noting'
        ? this.#acceptors.note(own, (state) => fencing.note(state, fence.reported, fence.ballot))
        : own;
    return [
      ['fence', this.#homes.fence(record, this.#acceptors.heldBy(own)), own],
      ['note report', this.#homes.noteReport(record), noted],
      ['commit others', others, this.#acceptors.commitBatch(own, highest + 1)],
    ];
  }
}
