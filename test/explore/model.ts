import { Acceptors, type Outcome } from './acceptors.ts';
import { Actors } from './actors.ts';
import { Hearings } from './hearings.ts';
import { Inbox } from './inbox.ts';
import { Judge } from './judge.ts';
import { Memo } from './memo.ts';
import { Moves } from './moves.ts';
import type { Rules } from './rules.ts';
import type { WorldSpec } from './world.ts';

/** One thing that happens. Acceptors and actors are named by their place in the state. */
export type Event =
  | { readonly type: 'deliver'; readonly acceptor: number; readonly sent: number }
  | { readonly type: 'save' | 'restart acceptor' | 'lose disk'; readonly acceptor: number }
  | { readonly type: 'ask' | 'begin' | 'restart actor' | 'hear'; readonly actor: number };

/** What is told of each event: the next state, in a buffer that is used again, or a rule that the code found broken. */
export interface Visitor {
  next(state: Int32Array, event: Event): void;
  broken(what: string, event: Event): void;
}

/**
 * A world as numbers: one for each acceptor's record, in rising order, then one for each actor's. Acceptors are told apart
 * by nothing but what they hold and said, and no count of votes outlives a step, so their order carries no meaning: one
 * order stands for all (symmetry reduction).
 */
export class Model {
  readonly world: WorldSpec;
  readonly rules: Rules;
  readonly acceptors: Acceptors;
  readonly actors: Actors;
  readonly hearings: Hearings;
  readonly judge: Judge;
  readonly #moves: Moves;
  readonly #hushed: Memo<Memo<number>>;
  readonly #next: Int32Array;

  constructor(world: WorldSpec, rules: Rules) {
    this.world = world;
    this.rules = rules;
    this.acceptors = new Acceptors(rules);
    this.actors = new Actors(rules, world);
    this.hearings = new Hearings(this.actors, new Inbox(this.acceptors, this.actors), world.acceptors);
    this.judge = new Judge(world, this.acceptors, this.actors);
    this.#moves = new Moves(this.actors, this.acceptors, world.lateReplies);
    this.#hushed = new Memo((place) => {
      const name = world.actors[place - world.acceptors]?.name ?? '';
      return new Memo((acceptor) => this.acceptors.hush(acceptor, name));
    });
    this.#next = new Int32Array(world.acceptors + world.actors.length);
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
      if (at > 0 && state[at] === state[at - 1]) continue;
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
      const requests = this.#moves.sentBy(sender);
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
    this.#replace(state, at, this.acceptors.restart(acceptor), { type: 'restart acceptor', acceptor: at }, visitor);
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
    const moves = this.#moves.of(number);
    for (const { type, next } of moves) this.#become(state, place, next, { type, actor }, visitor);
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
