import type { Dice } from '../simulation/dice.ts';

/** One pick in so many is of a register that nobody has asked for yet. */
const PICKS_A_REGISTER = 9;
/** A hot register stays hot for so many picks. */
const PICKS_A_HOT_ONE = 150;
const RECENT = 24;

/** Which register a client asks for: one that is hot now, one of the recent ones, or any there ever was. */
export class Registers {
  readonly names: string[] = [];
  readonly #prefix: string;
  readonly #dice: Dice;
  #picks = 0;
  #hot = '';

  constructor(prefix: string, dice: Dice) {
    this.#prefix = prefix;
    this.#dice = dice;
  }

  pick(): string {
    if (this.#picks % PICKS_A_HOT_ONE === 0) this.#hot = this.#open('hot');
    this.#picks += 1;
    if (this.#picks % PICKS_A_REGISTER === 0) return this.#open('plain');
    const kind = this.#dice.next();
    if (kind < 0.2) return this.#hot;
    if (kind < 0.85) return this.#dice.pick(this.names.slice(-RECENT));
    return this.#dice.pick(this.names);
  }

  /** Several at once, each once. */
  pickMany(count: number): string[] {
    return [...new Set(Array.from({ length: count }, () => this.pick()))];
  }

  #open(kind: string): string {
    const name = `${this.#prefix}.${kind}.${this.names.length}`;
    this.names.push(name);
    return name;
  }
}
