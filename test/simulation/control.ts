import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import type { Faults, Options } from './options.ts';
import type { Mistake } from './world.ts';

/** One rule broken on purpose: a checker that does not notice it checks nothing. */
export interface Control extends Mistake {
  readonly name: string;
  /** Faults that it takes to show; the seed's own otherwise. */
  readonly faults?: Partial<Faults>;
  /** The same for the rest of the world. */
  readonly world?: Partial<Options>;
}

/** Many at one register, and messages that overtake each other: what it takes for rounds to run into each other. */
export const CROWDED: Partial<Options> = {
  members: 3,
  clients: 10,
  operations: 400,
  registers: 60,
  hotRegisters: 1,
  jitterMs: 30,
  lateMaxMs: 600,
};

/** Writes that go to any member, so that the home's openings and the rounds of others run into each other. */
export const SCATTERED: Partial<Faults> = { straysShare: 1 };

/** Many registers at once: what it takes for batches of more than one. */
export const WIDE = {
  members: 3,
  clients: 60,
  operations: 500,
  registers: 300,
  hotRegisters: 150,
  pauseMaxMs: 1,
  jitterMs: 15,
  settings: { ...DEFAULT_SETTINGS, batchesInFlightMax: 1 },
} satisfies Partial<Options>;

/** Members that stay up: what keeps them from getting anywhere is the network alone. */
export const CALM: Partial<Faults> = {
  crashMeanMs: 0,
  crashAllMeanMs: 0,
  pauseMeanMs: 0,
  partitionMeanMs: 0,
  homeAwayMeanMs: 0,
  chargeSilenceMeanMs: 0,
  deafHomeMeanMs: 0,
};
