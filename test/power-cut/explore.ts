import type { Dice } from '../simulation/dice.ts';
import {
  BEGINNING,
  CUTS,
  type Ending,
  endedAt,
  keyOf,
  type Lab,
  liveOn,
  type Moment,
  type Violation,
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
  for (const at of syncsOf(operations)) {
    const moment = endedAt(BEGINNING, operations, at, 'kill', dice);
    tally.kills += 1;
    const start = await lifeOf(lab, moment, 1, tally);
    if ('problem' in start) return start;
    const end = start.findIndex((one) => one.type === 'say' && one.said.type === 'saved') + 1;
    const places = [...syncsOf(start.slice(0, end)), end];
    const violation = await cutAt({ lab, moment, operations: start, dice, tally }, places, [
      'nothing',
      'at random',
      'at random',
    ]);
    if (violation !== undefined) return violation;
  }
  return undefined;
};

interface Cutting {
  readonly lab: Lab;
  readonly moment: Moment;
  readonly operations: readonly Operation[];
  readonly dice: Dice;
  readonly tally: Tally;
}

/** Cuts the power before these operations, in these ways, and opens what is left: once, where cuts leave the same. */
async function cutAt(
  cutting: Cutting,
  places: readonly number[],
  endings: readonly Ending[],
): Promise<Violation | undefined> {
  const { lab, moment, operations, dice, tally } = cutting;
  const seen = new Set<string>();
  for (const at of places) {
    for (const ending of endings) {
      const left = endedAt(moment, operations, at, ending, dice);
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
    moment = endedAt(moment, operations, whereToEnd(operations, dice), ending, dice);
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
