import type { Opening, Reply } from '../../src/protocol/messages.ts';
import type { Chosen } from '../../src/protocol/proposer.ts';
import { type RegisterState, UNTOUCHED } from '../../src/protocol/register.ts';
import type { OpeningVote } from '../../src/protocol/round-zero.ts';
import { onOpened, openedOf, openingBallot, outcomesOf, startOpening } from '../../src/protocol/round-zero.ts';
import { NAME, proposal } from '../support/paxos.ts';

/** The home of the register in one life after the other: it opens once in each, what its own store does not hold. */
export class HomeOfCluster {
  readonly #member: string;
  readonly #acceptors: number;
  #incarnation = 1;
  #vote: OpeningVote | null = null;

  constructor(member: string, acceptors: number) {
    this.#member = member;
    this.#acceptors = acceptors;
  }

  /** Where the answers to this life's opening come to. */
  get inbox(): string {
    return `opening ${this.#incarnation}`;
  }

  /** @param saved what its own store holds of the register. */
  open(saved: RegisterState): Opening | null {
    if (this.#vote !== null || !isUntouched(saved)) return null;
    const writes = [{ name: NAME, proposal: proposal(`opened-in-life-${this.#incarnation}`) }];
    const ballot = openingBallot(this.#member, this.#incarnation);
    const opening: Opening = { ballot, number: 1, writes, chosen: [] };
    this.#vote = startOpening(opening);
    return opening;
  }

  crash(): void {
    this.#incarnation += 1;
    this.#vote = null;
  }

  /** Counts an answer, and says what was chosen once it is. */
  hear(inbox: string, from: string, reply: Reply): Chosen | null {
    if (this.#vote === null || inbox !== this.inbox) return null;
    this.#vote = onOpened(this.#vote, from, openedOf(this.#vote.opening, [reply]));
    const [outcome] = outcomesOf(this.#vote, this.#acceptors);
    return outcome?.phase === 'chosen' ? outcome : null;
  }
}

function isUntouched(saved: RegisterState): boolean {
  const { promised, accepted, decided } = saved;
  return promised.node === UNTOUCHED.promised.node && accepted === null && !decided;
}
