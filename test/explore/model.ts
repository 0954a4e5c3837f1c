import { Acceptors, type Outcome } from './acceptors.ts';
import { Actors } from './actors.ts';
import type { Event, Visitor } from './events.ts';
import { Hearings } from './hearings.ts';
import { HomeMoves } from './home-moves.ts';
import { Inbox } from './inbox.ts';
import { Judge } from './judge.ts';
import { Memo } from './memo.ts';
import { Moves } from './moves.ts';
import type { Rules } from './rules.ts';
import { homesOf, type WorldSpec } from './world.ts';

const NONE = -1;

/**
 * A world as numbers: one for each acceptor's record, those of homes first and the others in rising order, then one for each
 * actor's. The others are told apart by nothing but what they hold and said, and no count of votes outlives a step, so
 * their order carries no meaning: one order stands for all (symmetry reduction).
 */
export class Model {
  readonly world: WorldSpec;
  readonly rules: Rules;
  readonly acceptors: Acceptors;
  readonly actors: Actors;
  readonly hearings: Hearings;
  readonly judge: Judge;
  /** How many acceptors, from the first, are told apart from the others: those of homes. */
  readonly named: number;
  readonly #moves: Moves;
  readonly #homeMoves: HomeMoves;
  readonly #hushed: Memo<Memo<number>>;
  readonly #next: Int32Array;
  readonly #moved: Int32Array;
  /** By its place, the place of an actor's own acceptor; -1 where that is like any other. */
  readonly #ownOf: readonly number[];

  constructor(world: WorldSpec, rules: Rules) {
    this.world = world;
    this.rules = rules;
    const homes = homesOf(world);
    this.named = homes.length;
    this.#ownOf = [...Array(world.acceptors).fill(NONE), ...world.actors.map((spec) => homes.indexOf(spec))];
    this.acceptors = new Acceptors(rules, world);
    this.actors = new Actors(rules, world);
    this.hearings = new Hearings(
      this.actors,
      new Inbox(this.acceptors, this.actors, rules),
      world.acceptors,
      this.named,
    );
    this.judge = new Judge(world, this.acceptors, this.actors);
    this.#moves = new Moves(this.actors, this.acceptors, world.lateReplies, rules);
    this.#homeMoves = new HomeMoves(this.actors, this.acceptors, rules, world);
    this.#hushed = new Memo((place) => {
      const name = world.actors[place - world.acceptors]?.name ?? '';
      return new Memo((acceptor) => this.acceptors.hush(acceptor, name));
    });
    this.#next = new Int32Array(world.acceptors + world.actors.length);
    this.#moved = new Int32Array(this.#next.length);
  }

  /** How many numbers make a state. */
  get width(): number {
    return this.#next.length;
  }

  initial(): Int32Array {
    const acceptors = Array.from({ length: this.world.acceptors }, () => this.acceptors.first());
    const actors = this.world.actors.map((spec) => this.actors.records.numberOf(this.actors.first(spec)));
    return Int32Array.from([...acceptors, ...actors]);
  }

  /** Tells the visitor everything that can happen next, and returns how many things that is, changes or not. */
  expand(state: Int32Array, visitor: Visitor): number {
    let events = 0;
    for (let at = 0; at < this.world.acceptors; at += 1) {
      // An acceptor like the one before it can do nothing that the one before could not.
      if (at > this.named && state[at] === state[at - 1]) continue;
      events += this.#deliveries(state, at, visitor) + this.#crashes(state, at, visitor);
    }
    for (let at = this.world.acceptors; at < state.length; at += 1) {
      events += this.#movesOf(state, at, visitor) + this.#hearingsOf(state, at, visitor);
    }
    return events;
  }

  #deliveries(state: Int32Array, at: number, visitor: Visitor): number {
    const acceptor = numberAt(state, at);
    let events = 0;
    for (let place = this.world.acceptors; place < state.length; place += 1) {
      const sender = numberAt(state, place);
      const requests = this.#ownOf[place] === at ? this.#moves.sentToOwn(sender) : this.#moves.sentBy(sender);
      events += requests.length;
      for (const sent of requests) {
        const heard = this.#moves.hears(sender, sent);
        const outcome = this.acceptors.deliver(acceptor, sent, heard);
        if (outcome === acceptor) continue;
        this.#replace(state, at, outcome, { type: 'deliver', acceptor: at, sent }, visitor);
      }
    }
    return events;
  }

  #crashes(state: Int32Array, at: number, visitor: Visitor): number {
    const acceptor = numberAt(state, at);
    this.#replace(state, at, this.acceptors.save(acceptor), { type: 'save', acceptor: at }, visitor);
    // A home's acceptor restarts with the home.
    const restarted = at < this.named ? acceptor : this.acceptors.restart(acceptor);
    this.#replace(state, at, restarted, { type: 'restart acceptor', acceptor: at }, visitor);
    if (this.world.diskLosses === 0 || this.#disksLost(state) >= this.world.diskLosses) return 1;
    this.#replace(state, at, this.acceptors.loseDisk(acceptor), { type: 'lose disk', acceptor: at }, visitor);
    return 2;
  }

  #movesOf(state: Int32Array, place: number, visitor: Visitor): number {
    const number = numberAt(state, place);
    const actor = place - this.world.acceptors;
    if (this.#moves.waitsToAsk(number)) {
      const next = this.#moves.ask(number, this.judge.chosenIn(state));
      this.#become(state, place, next, { type: 'ask', actor }, visitor);
      return 1;
    }
    const own = this.#ownOf[place] ?? NONE;
    if (own === NONE) {
      const moves = this.#moves.of(number);
      for (const { type, next } of moves) this.#become(state, place, next, { type, actor }, visitor);
      return moves.length;
    }
    const moves = this.#homeMoves.of(number, numberAt(state, own));
    for (const move of moves) {
      this.#moved.set(state);
      this.#moved[own] = move.own;
      this.#become(this.#moved, place, move.next, { type: move.type, actor }, visitor);
    }
    return moves.length;
  }

  #hearingsOf(state: Int32Array, place: number, visitor: Visitor): number {
    const event: Event = { type: 'hear', actor: place - this.world.acceptors };
    const { next, broken } = this.hearings.of(numberAt(state, place), state);
    if (broken !== null) visitor.broken(broken, event);
    for (const number of next) this.#become(state, place, number, event, visitor);
    return next.length;
  }

  #replace(state: Int32Array, at: number, outcome: Outcome, event: Event, visitor: Visitor): void {
    if (outcome === state[at]) return;
    if (typeof outcome !== 'number') {
      visitor.broken(outcome.broken, event);
      return;
    }
    this.#next.set(state);
    this.#next[at] = outcome;
    visitor.next(this.#next, event);
  }

  #become(state: Int32Array, place: number, number: number, event: Event, visitor: Visitor): void {
    this.#next.set(state);
    this.#next[place] = number;
    if (this.#moves.stopsListening(numberAt(state, place), number)) {
      const hushed = this.#hushed.get(place);
      for (let at = 0; at < this.world.acceptors; at += 1) this.#next[at] = hushed.get(numberAt(state, at));
    }
    visitor.next(this.#next, event);
  }

  #disksLost(state: Int32Array): number {
    let lost = 0;
    for (let at = 0; at < this.world.acceptors; at += 1) lost += this.acceptors.records.get(numberAt(state, at)).disk;
    return lost;
  }
}

function numberAt(state: Int32Array, at: number): number {
  const number = state[at];
  if (number === undefined) throw new RangeError(`a state has no place ${at}`);
  return number;
}
