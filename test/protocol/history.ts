import { expect } from 'vitest';
import { FIRST_ROUND, formatBallot } from '../../src/protocol/ballot.ts';
import type { Finding } from '../../src/protocol/reader.ts';
import type { Accepted, Decision, Proposal } from '../../src/protocol/register.ts';

/**
 * What happened, seen from outside: votes as they were cast, and what proposers and readers made of them. It knows the
 * definition of chosen (Paxos Made Simple §2.1; in round 0 a majority with the ballot's own member in it) and nothing of how
 * the protocol goes about it.
 */
export class History {
  readonly #acceptors: number;
  readonly #memberAt: (acceptor: number) => string;
  readonly #proposed = new Set<string>();
  readonly #voters = new Map<string, Set<number>>();
  #chosen: string | undefined;
  #chosenByOpening = false;
  readonly #chosenBeforeReader = new Map<string, string | undefined>();

  constructor(acceptors: number, memberAt: (acceptor: number) => string) {
    this.#acceptors = acceptors;
    this.#memberAt = memberAt;
  }

  /** The chosen proposal, if there is one yet. */
  get chosen(): string | undefined {
    return this.#chosen;
  }

  /** Whether it was chosen in round 0. */
  get chosenByOpening(): boolean {
    return this.#chosenByOpening;
  }

  proposed(proposal: Proposal): void {
    this.#proposed.add(proposal.opId);
  }

  voted(acceptor: number, { ballot, proposal }: Accepted): void {
    const vote = `${formatBallot(ballot)} ${proposal.opId}`;
    const voters = this.#voters.get(vote) ?? new Set();
    this.#voters.set(vote, voters.add(acceptor));
    if (2 * voters.size <= this.#acceptors) return;
    const isOpening = ballot.round < FIRST_ROUND;
    if (isOpening && ![...voters].some((voter) => this.#memberAt(voter) === ballot.node)) return;
    if (isOpening) this.#chosenByOpening = true;
    expect(proposal.opId, 'agreement: one proposal is chosen').toBe(this.#chosen ?? proposal.opId);
    expect(this.#proposed, 'validity: only what was proposed is chosen').toContain(proposal.opId);
    this.#chosen = proposal.opId;
  }

  concluded({ proposal }: Decision): void {
    expect(proposal.opId, 'a proposer concludes what is chosen').toBe(this.#chosen);
  }

  readerStarted(reader: string): void {
    this.#chosenBeforeReader.set(reader, this.#chosen);
  }

  readerFound(reader: string, finding: Finding): void {
    if (finding.type === 'decided') this.concluded(finding.decision);
    if (finding.type === 'empty') {
      expect(this.#chosenBeforeReader.get(reader), 'nothing had been chosen before an empty read').toBeUndefined();
    }
  }
}
