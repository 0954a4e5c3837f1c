import { expect } from 'vitest';
import { formatBallot } from '../../src/protocol/ballot.ts';
import type { Finding } from '../../src/protocol/reader.ts';
import type { Accepted, Decision, Proposal } from '../../src/protocol/register.ts';

/**
 * What happened, seen from outside: votes as they were cast, and what proposers and readers made of them. It knows the
 * definition of chosen (Paxos Made Simple §2.1) and nothing of how the protocol goes about it.
 */
export class History {
  readonly #acceptors: number;
  readonly #proposed = new Set<string>();
  readonly #voters = new Map<string, Set<number>>();
  #chosen: string | undefined;
  readonly #chosenBeforeReader = new Map<string, string | undefined>();

  constructor(acceptors: number) {
    this.#acceptors = acceptors;
  }

  /** The chosen proposal, if there is one yet. */
  get chosen(): string | undefined {
    return this.#chosen;
  }

  proposed(proposal: Proposal): void {
    this.#proposed.add(proposal.opId);
  }

  voted(acceptor: number, { ballot, proposal }: Accepted): void {
    const vote = `${formatBallot(ballot)} ${proposal.opId}`;
    const voters = this.#voters.get(vote) ?? new Set();
    this.#voters.set(vote, voters.add(acceptor));
    if (2 * voters.size <= this.#acceptors) return;
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
