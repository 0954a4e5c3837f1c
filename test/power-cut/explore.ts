import type { Dice } from '../simulation/dice.ts';
import { BEGINNING, CUTS, type Ending, endedAt, keyOf, type Lab, liveOn, type Moment, type Violation } from './lineage.ts';
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

/** Cuts the power before every operation of a store's first life, in every way, and opens what is left. */
export async function cutEverywhere(lab: Lab, saves: number, dice: Dice, tally: Tally): Promise<Violation | undefined> {
  const operations = await liveOn(lab, BEGINNING, saves);
  if ('problem' in operations) return operations;
  count(tally, operations);
  const seen = new Set<string>();
  for (let at = 0; at <= operations.length; at += 1) {
    for (const ending of CUTS) {
      const moment = endedAt(BEGINNING, operations, at, ending, dice);
      tally.cuts += 1;
      const key = keyOf(moment);
      if (seen.has(key)) continue;
      seen.add(key);
      const after = await liveOn(lab, moment, 0);
      if ('problem' in after) return after;
      count(tally, after);
    }
  }
  return undefined;
}

/**
 * Kills a store's first process before every sync, which leaves what it had not synced with the system, and cuts the power
 * before every sync of the next start: what that start believes must not be what the cut can take.
 */
export async function cutNextStart(lab: Lab, saves: number, dice: Dice, tally: Tally): Promise<Violation | undefined> {
  const operations = await liveOn(lab, BEGINNING, saves);
  if ('problem' in operations) return operations;
  count(tally, operations);
  for (const at of syncsOf(operations)) {
    const killed = endedAt(BEGINNING, operations, at, 'kill', dice);
    tally.kills += 1;
    const start = await liveOn(lab, killed, 1);
    if ('problem' in start) return start;
    count(tally, start);
    for (const cutAt of syncsOf(start)) {
      for (const ending of ['nothing', 'at random', 'at random'] as const) {
        tally.cuts += 1;
        const after = await liveOn(lab, endedAt(killed, start, cutAt, ending, dice), 0);
        if ('problem' in after) return after;
        count(tally, after);
      }
      if (start.slice(0, cutAt).some((one) => one.type === 'say' && one.said.type === 'saved')) break;
    }
  }
  return undefined;
}

function syncsOf(operations: readonly Operation[]): number[] {
  return operations.flatMap(({ type }, at) => (type === 'sync' ? [at] : []));
}

/** Lives of one store, each of which is ended somewhere by a kill or a power cut; the last looks at what is left. */
export async function liveAndDie(lab: Lab, lives: number, dice: Dice, tally: Tally): Promise<Violation | undefined> {
  let moment: Moment = BEGINNING;
  for (let life = 0; life < lives; life += 1) {
    const operations = await liveOn(lab, moment, dice.below(4));
    if ('problem' in operations) return operations;
    count(tally, operations);
    const ending: Ending = life < lives - 1 && dice.chance(0.4) ? 'kill' : dice.pick(CUTS);
    tally[ending === 'kill' ? 'kills' : 'cuts'] += 1;
    moment = endedAt(moment, operations, whereToEnd(operations, dice), ending, dice);
  }
  const last = await liveOn(lab, moment, 0);
  if ('problem' in last) return last;
  count(tally, last);
  return undefined;
}

function count(tally: Tally, operations: readonly Operation[]): void {
  tally.lives += 1;
  tally.operations += operations.length;
}

/** Most is pending right before a sync: half of the time it ends there. A process that starts is ended early as often. */
function whereToEnd(operations: readonly Operation[], dice: Dice): number {
  const end = dice.chance(0.5) ? operations.length : Math.min(operations.length, 40);
  const at = dice.below(end + 1);
  if (dice.chance(0.5)) return at;
  const sync = operations.findIndex(({ type }, place) => place >= at && type === 'sync');
  return sync === -1 ? at : sync;
}
