import { DEFAULT_SETTINGS, type Settings } from '../../src/node/settings.ts';
import { Dice } from './dice.ts';

/** How often each kind of fault strikes. Shares are of 1; a mean of 0 ms is never. */
export interface Faults {
  /** Of messages, those that never arrive. */
  readonly lossShare: number;
  /** Of openings, those that never arrive: the home's own acceptor is then alone in having accepted. */
  readonly lostOpeningShare: number;
  /** Of answers with promises, those that take up to `lateMaxMs`: rounds that last while others come and go. */
  readonly latePromiseShare: number;
  /** Of messages, those that take up to `lateMaxMs`. */
  readonly lateShare: number;
  /** Of messages, those that arrive twice or more, at any time up to `lateMaxMs` later: across restarts too. */
  readonly duplicateShare: number;
  readonly partitionMeanMs: number;
  readonly crashMeanMs: number;
  /** Of crashes, those in the middle of a turn: some of its messages have left, others never will. */
  readonly crashMidTurnShare: number;
  readonly crashAllMeanMs: number;
  readonly pauseMeanMs: number;
  readonly clockJumpMeanMs: number;
  /** Of commits, those that take up to a second, and of loads, those that take up to a tenth of one. */
  readonly slowCommitShare: number;
  /** Of commits, those that fail: whether they are on the disk nobody knows. */
  readonly failedCommitShare: number;
  /** A member comes back with an empty disk. */
  readonly wipeMeanMs: number;
  /** A member comes back with an old copy of its disk. */
  readonly oldCopyMeanMs: number;
  /** A member is asked to leave in order. */
  readonly leaveMeanMs: number;
  /** A second cluster appears on the prefix, or its network is joined to this one. */
  readonly strangersMeanMs: number;
  /** Of calls, those whose client gives up within a few hundred milliseconds. */
  readonly hastyShare: number;
  /** Of messages that have to do with openings or charges, those at which something strikes one of the two members. */
  readonly openingStrikeShare: number;
  /** Of writes, those that go to any member, whether or not it takes writes: so that two are in charge at once. */
  readonly straysShare: number;
  /** For a while all that members ask and say of who takes the writes is lost; it may be the while in which the home is down. */
  readonly chargeSilenceMeanMs: number;
  /** The home goes, and comes back while another member writes in its place. */
  readonly homeAwayMeanMs: number;
  /** The home hears nobody for a while, and is heard. */
  readonly deafHomeMeanMs: number;
}

/** The second cluster. */
export interface StrangersOptions {
  /** Whether its cluster's name is the same. */
  readonly isNamesake: boolean;
  readonly members: readonly string[];
  /** Whether it was founded on a network of its own, before that is joined to this one; else its stores are new. */
  readonly isFounded: boolean;
}

export interface Options {
  readonly seed: number;
  readonly members: number;
  readonly clients: number;
  readonly operations: number;
  readonly registers: number;
  /** How many of the registers are written at any one time. */
  readonly hotRegisters: number;
  /** Of what clients do, the reads. */
  readonly readShare: number;
  /** The longest pause of a client before its next operation. */
  readonly pauseMaxMs: number;
  /** How unlike the times are that messages take: what reorders them. */
  readonly jitterMs: number;
  readonly lateMaxMs: number;
  /** What the network carries in one message. */
  readonly payloadBytesMax: number;
  readonly faults: Faults;
  readonly strangers: StrangersOptions;
  readonly settings: Settings;
}

export const NO_FAULTS: Faults = Object.freeze({
  lossShare: 0,
  lostOpeningShare: 0,
  latePromiseShare: 0,
  lateShare: 0,
  duplicateShare: 0,
  partitionMeanMs: 0,
  crashMeanMs: 0,
  crashMidTurnShare: 0,
  crashAllMeanMs: 0,
  pauseMeanMs: 0,
  clockJumpMeanMs: 0,
  slowCommitShare: 0,
  failedCommitShare: 0,
  wipeMeanMs: 0,
  oldCopyMeanMs: 0,
  leaveMeanMs: 0,
  strangersMeanMs: 0,
  hastyShare: 0,
  openingStrikeShare: 0,
  straysShare: 0,
  chargeSilenceMeanMs: 0,
  homeAwayMeanMs: 0,
  deafHomeMeanMs: 0,
});

/** The options of a seed: every kind of fault is in about half of the seeds, at a rate of its own. */
export function drawOptions(seed: number): Options {
  const dice = new Dice(seed);
  // Few registers at once bring duels; many bring batches of more than one.
  const isWide = dice.chance(0.2);
  const share = (low: number, high: number) => (dice.chance(0.5) ? logBetween(dice, low, high) : 0);
  // Of their own, so that what was drawn from a seed before there were any stays as it was.
  const later = new Dice(seed ^ 0x0b5e55ed);
  const latest = new Dice(seed ^ 0x0c4a26e5);
  const lateShare = (low: number, high: number) => (latest.chance(0.4) ? logBetween(latest, low, high) : 0);
  return {
    seed,
    members: dice.chance(0.85) ? 3 : 5,
    clients: isWide ? 20 + dice.below(41) : 4 + dice.below(7),
    operations: (200 + dice.below(201)) * (isWide ? 2 : 1),
    registers: isWide ? 150 + dice.below(150) : 20 + dice.below(41),
    hotRegisters: isWide ? 50 + dice.below(100) : 1 + dice.below(6),
    readShare: 0.35,
    pauseMaxMs: isWide ? 1 : 30,
    jitterMs: logBetween(dice, isWide ? 4 : 0.2, 20),
    lateMaxMs: logBetween(dice, 100, 10_000),
    faults: {
      lossShare: share(0.005, 0.3),
      lostOpeningShare: 0,
      latePromiseShare: 0,
      lateShare: share(0.002, 0.2),
      duplicateShare: share(0.005, 0.2),
      partitionMeanMs: share(200, 5_000),
      crashMeanMs: share(100, 5_000),
      crashMidTurnShare: dice.next(),
      crashAllMeanMs: share(2_000, 20_000),
      pauseMeanMs: share(300, 5_000),
      clockJumpMeanMs: share(300, 5_000),
      slowCommitShare: share(0.002, 0.2),
      failedCommitShare: share(0.001, 0.02),
      wipeMeanMs: share(2_000, 20_000),
      oldCopyMeanMs: share(2_000, 20_000),
      leaveMeanMs: later.chance(0.5) ? logBetween(later, 300, 5_000) : 0,
      strangersMeanMs: later.chance(0.25) ? logBetween(later, 500, 5_000) : 0,
      hastyShare: share(0.05, 0.5),
      openingStrikeShare: share(0.002, 0.05),
      straysShare: lateShare(0.02, 1),
      chargeSilenceMeanMs: lateShare(500, 5_000),
      homeAwayMeanMs: lateShare(1_000, 8_000),
      deafHomeMeanMs: lateShare(500, 5_000),
    },
    strangers: drawStrangers(later),
    settings: { ...drawSettings(dice), ...(isWide ? { batchesInFlightMax: 1 } : {}) },
    payloadBytesMax: dice.chance(0.3) ? 4_096 + 100 + dice.below(1_000) : 1_048_576,
  };
}

const STRANGERS: readonly (readonly string[])[] = [
  ['x1'],
  ['x1', 'x2', 'x3'],
  ['n1', 'n2', 'n3'],
  ['n1', 'n2', 'n3', 'n4', 'n5'],
];

function drawStrangers(dice: Dice): StrangersOptions {
  return { isNamesake: dice.chance(0.8), members: dice.pick(STRANGERS), isFounded: dice.chance(0.5) };
}

/** Small limits are met in hundreds of operations; the shipped ones, which the others keep, hardly ever. */
function drawSettings(dice: Dice): Settings {
  const maybe = (value: number, other: number) => (dice.chance(0.3) ? value : other);
  const shipped = DEFAULT_SETTINGS;
  return {
    ...shipped,
    batchRegistersMax: maybe(1 + dice.below(4), shipped.batchRegistersMax),
    batchBytesMax: maybe(100 + dice.below(1_000), shipped.batchBytesMax),
    batchesInFlightMax: maybe(1 + dice.below(3), shipped.batchesInFlightMax),
    openingsInFlightMax: maybe(1 + dice.below(3), shipped.openingsInFlightMax),
    acceptorQueueMax: maybe(4 + dice.below(20), shipped.acceptorQueueMax),
    pendingOperationsMax: maybe(6 + dice.below(12), shipped.pendingOperationsMax),
    decisionsBytesMax: maybe(300 + dice.below(1_500), shipped.decisionsBytesMax),
    operationTimeoutMs: maybe(300 + dice.below(3_000), shipped.operationTimeoutMs),
    phaseTimeoutMs: maybe(20 + dice.below(400), shipped.phaseTimeoutMs),
    ...drawChargeSettings(dice),
    fullBatchesInFlightMax: maybe(1 + dice.below(5), shipped.fullBatchesInFlightMax),
    gatherDelayMs: maybe(1 + dice.below(30), shipped.gatherDelayMs),
    newsDelayMs: maybe(1 + dice.below(1_000), shipped.newsDelayMs),
  };
}

/** The smallest are shorter than what a message takes: who stands in is then wrong as often as not. */
function drawChargeSettings(dice: Dice): Pick<Settings, 'chargeSilentMs' | 'probeDelayMs'> {
  const { chargeSilentMs: silentMs, probeDelayMs: delayMs } = DEFAULT_SETTINGS;
  if (!dice.chance(0.3)) return { chargeSilentMs: silentMs, probeDelayMs: delayMs };
  const chargeSilentMs = 20 + dice.below(500);
  return { chargeSilentMs, probeDelayMs: chargeSilentMs * dice.between(0.2, 0.8) };
}

function logBetween(dice: Dice, low: number, high: number): number {
  return low * (high / low) ** dice.next();
}
