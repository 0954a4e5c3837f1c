import { formatBallot } from '../../src/protocol/ballot.ts';
import type { Acceptors } from './acceptors.ts';
import type { Actors } from './actors.ts';
import { Interner } from './interner.ts';
import { keyOfProposal } from './keys.ts';
import { Memo } from './memo.ts';
import { proposalsOf, type WorldSpec } from './world.ts';

const NOTHING = -1;

/**
 * Says what is wrong with a state, knowing the definition of chosen (Paxos Made Simple §2.1: accepted by a majority at one
 * ballot) and the promises to the user, and nothing of how the protocol goes about them.
 */
export class Judge {
  readonly #world: WorldSpec;
  readonly #acceptors: Acceptors;
  readonly #actors: Actors;
  readonly #proposals = new Interner<string>((proposal) => proposal);
  readonly #proposalOf = new Memo((vote) =>
    this.#proposals.numberOf(keyOfProposal(this.#acceptors.votes.get(vote).proposal)),
  );
  readonly #wrong = new Memo((actor) => new Memo((proposal) => this.#wrongWith(actor, proposal)));
  readonly #proposed: ReadonlySet<string>;
  #counts = new Uint8Array(64);

  constructor(world: WorldSpec, acceptors: Acceptors, actors: Actors) {
    this.#world = world;
    this.#proposed = new Set(world.actors.flatMap(proposalsOf).map(keyOfProposal));
    this.#acceptors = acceptors;
    this.#actors = actors;
  }

  /** The proposal that is chosen, in words; null while none is. */
  chosenIn(state: Int32Array): string | null {
    const [vote] = this.#chosenVotes(state);
    return vote === undefined ? null : this.#proposals.get(this.#proposalOf.get(vote));
  }

  /** What promise is broken in this state, in words; undefined in a good one. */
  violationIn(state: Int32Array): string | undefined {
    const chosen = this.#chosenVotes(state);
    const [vote] = chosen;
    const proposal = vote === undefined ? NOTHING : this.#proposalOf.get(vote);
    if (chosen.some((other) => this.#proposalOf.get(other) !== proposal)) {
      return `Agreement is broken: ${chosen.map((one) => this.#tell(one)).join(', and ')}.`;
    }
    for (let at = this.#world.acceptors; at < state.length; at += 1) {
      const actor = state[at] ?? NOTHING;
      const wrong = this.#wrong.get(actor).get(proposal);
      if (wrong !== null) return wrong;
    }
    if (proposal === NOTHING || this.#proposed.has(this.#proposals.get(proposal))) return undefined;
    return `Validity is broken: nobody proposed "${this.#proposals.get(proposal)}".`;
  }

  #chosenVotes(state: Int32Array): readonly number[] {
    const { acceptors } = this.#world;
    if (this.#acceptors.votes.size > this.#counts.length) this.#counts = new Uint8Array(2 * this.#counts.length);
    this.#counts.fill(0, 0, this.#acceptors.votes.size);
    const quorum = Math.floor(acceptors / 2) + 1;
    const chosen: number[] = [];
    for (let at = 0; at < acceptors; at += 1) {
      for (const vote of this.#acceptors.votesOf(state[at] ?? NOTHING)) {
        const count = (this.#counts[vote] ?? 0) + 1;
        this.#counts[vote] = count;
        if (count === quorum) chosen.push(vote);
      }
    }
    return chosen;
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
