import type { Acceptors } from './acceptors.ts';
import type { Actors } from './actors.ts';
import { HomeActors } from './home-actors.ts';
import { Memo } from './memo.ts';
import type { Rules } from './rules.ts';
import type { ActorRecord, WorldSpec } from './world.ts';

/** What a home does of its own accord, with a look at its own acceptor, or a hand on it. */
export interface HomeMove {
  readonly type: 'begin' | 'open' | 'restart actor';
  readonly next: number;
  /** What its acceptor becomes. */
  readonly own: number;
}

/** The moves of a home: one member in both its roles, so that a crash takes both, and one disk answers for both. */
export class HomeMoves {
  readonly #actors: Actors;
  readonly #homes: HomeActors;
  readonly #acceptors: Acceptors;
  readonly #movesOf = new Memo((actor) => new Memo((own) => this.#all(actor, own)));

  constructor(actors: Actors, acceptors: Acceptors, rules: Rules, world: WorldSpec) {
    this.#homes = new HomeActors(rules, world);
    this.#actors = actors;
    this.#acceptors = acceptors;
  }

  of(actor: number, own: number): readonly HomeMove[] {
    return this.#movesOf.get(actor).get(own);
  }

  #all(actor: number, own: number): readonly HomeMove[] {
    const record = this.#actors.records.get(actor);
    const opens = this.#acceptors.mayOpen.get(own) ? this.#homes.open(record) : null;
    const moves: readonly (readonly [HomeMove['type'], ActorRecord | null, number])[] = [
      ['open', opens, own],
      ['begin', this.#actors.begin(record), own],
      ['restart actor', this.#actors.restart(record), this.#acceptors.restart(own)],
    ];
    return moves.flatMap(([type, next, became]) =>
      next === null ? [] : [{ type, next: this.#actors.records.numberOf(next), own: became }],
    );
  }
}
