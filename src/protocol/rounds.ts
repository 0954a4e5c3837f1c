import { type Ballot, FIRST_ROUND, type MemberId } from './ballot.ts';

/** How many registers' rounds are remembered one by one. */
const REMEMBERED_MAX = 65_536;

/**
 * Hands out the ballots of one incarnation of one member, none of them twice for the same register. Paxos Made Simple
 * §2.5: a proposer never uses a number again, so it keeps what it used. To keep that in bounded memory, the rounds of
 * registers are forgotten all at once, and every round after that is above all that were forgotten.
 */
export class Rounds {
  readonly #node: MemberId;
  readonly #incarnation: number;
  readonly #rememberedMax: number;
  readonly #used = new Map<string, number>();
  #highest = FIRST_ROUND - 1;
  #floor = FIRST_ROUND;

  constructor(node: MemberId, incarnation: number, rememberedMax = REMEMBERED_MAX) {
    this.#node = node;
    this.#incarnation = incarnation;
    this.#rememberedMax = rememberedMax;
  }

  /** The next ballot for a register: above all its earlier ones, and above `seen`, the highest that others showed. */
  next(name: string, seen: Ballot): Ballot {
    if (this.#used.size >= this.#rememberedMax && !this.#used.has(name)) this.#forget();
    const round = Math.max(this.#floor, (this.#used.get(name) ?? 0) + 1, seen.round + 1);
    this.#used.set(name, round);
    this.#highest = Math.max(this.#highest, round);
    return { round, node: this.#node, incarnation: this.#incarnation };
  }

  #forget(): void {
    this.#floor = this.#highest + 1;
    this.#used.clear();
  }
}
