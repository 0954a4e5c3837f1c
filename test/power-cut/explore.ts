import type { Dice } from '../simulation/dice.ts';
import {
  BEGINNING,
  CUTS,
  type Ending,
  ended,
  keyOf,
  type Lab,
  liveOn,
  type Moment,
  movedOn,
  type Violation,
  whereIs,
} from './lineage.ts';
import type { Operation } from './operations.ts';

/** What was looked at. */
export interface Tally {
  cuts: number;
  kills: number;
  lives: number;
  operations: number;
}

export function newTally(): Tally {
  return { cuts: 0, kills: 0, lives: 0, operations: 0 };
}

/** One way to look for a violation, for so many saves of the first process. */
export type Explore = (lab: Lab, saves: number, dice: Dice, tally: Tally) => Promise<Violation | undefined>;

/** Cuts the power before every operation of a store's first process, in every way, and opens what is left. */
export const cutEverywhere: Explore = async (lab, saves, dice, tally) => {
  const operations = await lifeOf(lab, BEGINNING, saves, tally);
  if ('problem' in operations) return operations;
  const places = Array.from({ length: operations.length + 1 }, (_, at) => at);
  return await cutAt({ lab, moment: BEGINNING, operations, dice, tally }, places, CUTS);
};

/** Cuts the power right after everything that a store's first process said: what it had not synced by then is lost. */
export const cutAfterEveryWord: Explore = async (lab, saves, dice, tally) => {
  const operations = await lifeOf(lab, BEGINNING, saves, tally);
  if ('problem' in operations) return operations;
  const places = operations.flatMap(({ type }, at) => (type === 'say' ? [at + 1] : []));
  return await cutAt({ lab, moment: BEGINNING, operations, dice, tally }, places, ['nothing', 'at random']);
};

/**
 * Kills a store's first process before every sync, which leaves what it had not synced with the system, and cuts the power
 * before every sync of the next start: what that start believes must not be what the cut can take.
 */
export const cutNextStart: Explore = async (lab, saves, dice, tally) => {
  const operations = await lifeOf(lab, BEGINNING, saves, tally);
  if ('problem' in operations) return operations;
  for (const at of syncsOf(operations).reverse()) {
    const moment = ended(movedOn(BEGINNING, operations.slice(0, at)), 'kill', dice, whereIs(operations, at));
    tally.kills += 1;
    const start = await lifeOf(lab, moment, 1, tally);
    if ('problem' in start) return start;
    const end = start.findIndex((one) => one.type === 'say' && one.said.type === 'saved') + 1;
    const places = [...syncsOf(start.slice(0, end)), end];
    const violation = await cutAt({ lab, moment, operations: start, dice, tally }, places, [
      'nothing',
      'all but the first',
      'all but the first',
    ]);
    if (violation !== undefined) return violation;
  }
  return undefined;
};

/**
 * Cuts the power in the middle of every header of a log that is written: in the first process, and in the start after one that
 * was cut in its first commit.
 */
export const tearHeaders: Explore = async (lab, saves, dice, tally) => {
  const first = await lifeOf(lab, BEGINNING, saves, tally);
  if ('problem' in first) return first;
  const opened = first.findIndex((one) => one.type === 'say' && one.said.type === 'opened');
  const inFirstCommit = movedOn(BEGINNING, first.slice(0, opened - 1));
  const halfCommit = ended(inFirstCommit, 'half a page', dice, whereIs(first, opened - 1));
  for (const moment of [BEGINNING, halfCommit]) {
    const operations = await lifeOf(lab, moment, saves, tally);
    if ('problem' in operations) return operations;
    const places = operations.flatMap((one, at) => (isLogHeader(one) ? [at + 1] : []));
    const violation = await cutAt({ lab, moment, operations, dice, tally }, places, ['half a header']);
    if (violation !== undefined) return violation;
  }
  return undefined;
};

/** As SQLite's file format says. */
function isLogHeader(operation: Operation): boolean {
  return operation.type === 'write' && operation.at === 0 && operation.bytes.length === 32;
}

interface Cutting {
  readonly lab: Lab;
  readonly moment: Moment;
  readonly operations: readonly Operation[];
  readonly dice: Dice;
  readonly tally: Tally;
}

/** Cuts the power before these operations, in rising order, in these ways, and opens what is left: once, where cuts leave the same. */
async function cutAt(
  cutting: Cutting,
  places: readonly number[],
  endings: readonly Ending[],
): Promise<Violation | undefined> {
  const { lab, operations, dice, tally } = cutting;
  const seen = new Set<string>();
  let { moment } = cutting;
  let done = 0;
  for (const at of places) {
    moment = movedOn(moment, operations.slice(done, at));
    done = at;
    for (const ending of endings) {
      const left = ended(moment, ending, dice, whereIs(operations, at));
      tally.cuts += 1;
      const key = keyOf(left);
      if (seen.has(key)) continue;
      seen.add(key);
      const after = await lifeOf(lab, left, 0, tally);
      if ('problem' in after) return after;
    }
  }
  return undefined;
}

function syncsOf(operations: readonly Operation[]): number[] {
  return operations.flatMap(({ type }, at) => (type === 'sync' ? [at] : []));
}

/** Three lives of one store or more, each of which is ended somewhere by a kill or a cut; the last looks at what is left. */
export const liveAndDie: Explore = async (lab, saves, dice, tally) => {
  let moment: Moment = BEGINNING;
  for (let lives = 2 + dice.below(4); lives > 0; lives -= 1) {
    const operations = await lifeOf(lab, moment, dice.below(saves + 1), tally);
    if ('problem' in operations) return operations;
    const ending: Ending = lives > 1 && dice.chance(0.4) ? 'kill' : dice.pick(CUTS);
    tally[ending === 'kill' ? 'kills' : 'cuts'] += 1;
    const at = whereToEnd(operations, dice);
    moment = ended(movedOn(moment, operations.slice(0, at)), ending, dice, whereIs(operations, at));
  }
  const last = await lifeOf(lab, moment, 0, tally);
  return 'problem' in last ? last : undefined;
};

async function lifeOf(
  lab: Lab,
  moment: Moment,
  saves: number,
  tally: Tally,
): Promise<readonly Operation[] | Violation> {
  const operations = await liveOn(lab, moment, saves);
  tally.lives += 1;
  if (!('problem' in operations)) tally.operations += operations.length;
  return operations;
}

/** Most is pending right before a sync: half of the time it ends there. A process that starts is ended early as often. */
function whereToEnd(operations: readonly Operation[], dice: Dice): number {
  const end = dice.chance(0.5) ? operations.length : Math.min(operations.length, 40);
  const at = dice.below(end + 1);
  if (dice.chance(0.5)) return at;
  const sync = operations.findIndex(({ type }, place) => place >= at && type === 'sync');
  return sync === -1 ? at : sync;
}
