import { FIRST_ROUND, formatBallot } from '../../src/protocol/ballot.ts';
import type { Acceptors } from './acceptors.ts';
import type { Actors } from './actors.ts';
import { Interner } from './interner.ts';
import { keyOfProposal } from './keys.ts';
import { Memo } from './memo.ts';
import { homesOf, proposalsOf, type WorldSpec } from './world.ts';

const NOTHING = -1;
const NOBODY = -1;

interface Choice {
  readonly vote: number;
  readonly proposal: number;
}

/**
 * Says what is wrong with a state, knowing the definition of chosen (Paxos Made Simple §2.1: accepted by a majority at one
 * ballot; in round 0 by one with the home in it) and the promises to the user, and nothing of how the protocol goes about them.
 */
export class Judge {
  readonly #world: WorldSpec;
  readonly #acceptors: Acceptors;
  readonly #actors: Actors;
  readonly #proposals = new Interner<string>((proposal) => proposal);
  readonly #proposalOf = new Memo((vote) =>
    this.#proposals.numberOf(keyOfProposal(this.#acceptors.votes.get(vote).proposal)),
  );
  /** The place of the acceptor that a vote of round 0 is nothing without. */
  readonly #homeOf = new Memo((vote) => this.#placeOfHome(vote));
  readonly #toldBy = new Memo((actor) =>
    this.#actors.records.get(actor).concluded.map(({ proposal }) => this.#proposals.numberOf(keyOfProposal(proposal))),
  );
  readonly #isAsTold: boolean;
  readonly #wrong = new Memo((actor) => new Memo((proposal) => this.#wrongWith(actor, proposal)));
  readonly #proposed: ReadonlySet<string>;
  #counts = new Uint8Array(64);

  constructor(world: WorldSpec, acceptors: Acceptors, actors: Actors) {
    this.#world = world;
    this.#isAsTold = world.chosen === 'as told';
    this.#proposed = new Set(world.actors.flatMap(proposalsOf).map(keyOfProposal));
    this.#acceptors = acceptors;
    this.#actors = actors;
  }

  /** The proposal that is chosen, in words; null while none is. */
  chosenIn(state: Int32Array): string | null {
    const proposal = this.#isAsTold ? this.#told(state)[0] : this.#chosen(state)[0]?.proposal;
    return proposal === undefined ? null : this.#proposals.get(proposal);
  }

  /** What promise is broken in this state, in words; undefined in a good one. */
  violationIn(state: Int32Array): string | undefined {
    const chosen = this.#isAsTold ? [] : this.#chosen(state);
    const proposal = (this.#isAsTold ? this.#told(state)[0] : chosen[0]?.proposal) ?? NOTHING;
    if (chosen.some((other) => other.proposal !== proposal)) {
      return `Agreement is broken: ${chosen.map(({ vote }) => this.#tell(vote)).join(', and ')}.`;
    }
    for (let at = this.#world.acceptors; at < state.length; at += 1) {
      const actor = state[at] ?? NOTHING;
      const wrong = this.#wrong.get(actor).get(proposal);
      if (wrong !== null) return wrong;
    }
    if (proposal === NOTHING || this.#proposed.has(this.#proposals.get(proposal))) return undefined;
    return `Validity is broken: nobody proposed "${this.#proposals.get(proposal)}".`;
  }

  /** What anybody says is decided, where that is all that counts. */
  #told(state: Int32Array): readonly number[] {
    const told: number[] = [];
    for (let at = this.#world.acceptors; at < state.length; at += 1)
      told.push(...this.#toldBy.get(state[at] ?? NOTHING));
    return told;
  }

  #chosen(state: Int32Array): readonly Choice[] {
    const choices: Choice[] = [];
    for (const vote of this.#majorityVotes(state)) {
      const home = this.#homeOf.get(vote);
      if (home !== NOBODY && !this.#acceptors.votesOf(state[home] ?? NOTHING).includes(vote)) continue;
      choices.push({ vote, proposal: this.#proposalOf.get(vote) });
    }
    return choices;
  }

  #majorityVotes(state: Int32Array): readonly number[] {
    const { acceptors } = this.#world;
    if (this.#acceptors.votes.size > this.#counts.length) this.#counts = new Uint8Array(2 * this.#counts.length);
    this.#counts.fill(0, 0, this.#acceptors.votes.size);
    const quorum = Math.floor(acceptors / 2) + 1;
    const votes: number[] = [];
    for (let at = 0; at < acceptors; at += 1) {
      for (const vote of this.#acceptors.votesOf(state[at] ?? NOTHING)) {
        const count = (this.#counts[vote] ?? 0) + 1;
        this.#counts[vote] = count;
        if (count === quorum) votes.push(vote);
      }
    }
    return votes;
  }

  #placeOfHome(vote: number): number {
    const { ballot } = this.#acceptors.votes.get(vote);
    if (this.#world.chosen !== 'with the home' || ballot.round >= FIRST_ROUND) return NOBODY;
    return homesOf(this.#world).findIndex(({ name }) => name === ballot.node);
  }

  #wrongWith(actor: number, chosen: number): string | null {
    const { spec, concluded, foundEmpty, chosenBefore } = this.#actors.records.get(actor);
    for (const { proposal } of concluded) {
      const says = `${spec.name} says that "${proposal.opId}" is decided`;
      if (chosen === NOTHING) return `${says}, and nothing is chosen.`;
      if (keyOfProposal(proposal) !== this.#proposals.get(chosen)) {
        return `${says}, and "${this.#proposals.get(chosen)}" is chosen.`;
      }
    }
    if (!foundEmpty || chosenBefore === null) return null;
    return `${spec.name} says that the register is empty, and "${chosenBefore}" had been chosen before it asked.`;
  }

  #tell(vote: number): string {
    const { ballot, proposal } = this.#acceptors.votes.get(vote);
    return `"${proposal.opId}" is chosen at ${formatBallot(ballot)}`;
  }
}
