import type { Dice } from '../simulation/dice.ts';
import type { World } from './world.ts';

/** One kind of fault. It strikes, lasts, and puts right what it did before it returns, a lost disk apart. */
export interface Fault {
  readonly name: string;
  /** How often it is drawn, compared with the others. */
  readonly weight: number;
  /** @returns false when there was nothing to strike: it then does not count. */
  readonly strike: (world: World, dice: Dice) => Promise<boolean>;
}
