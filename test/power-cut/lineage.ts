import { createHash } from 'node:crypto';
import type { Dice } from '../simulation/dice.ts';
import { Disk, type Survival } from './disk.ts';
import type { Operation } from './operations.ts';
import { NO_PROMISES, type Promises, withSaid } from './promises.ts';
import type { Recorder } from './recorder.ts';
import { ALL_BUT_THE_FIRST, atRandom, EVERYTHING, inOrder, NOTHING, startOfLast, withoutEnd } from './survival.ts';

/** A store's disk at one instant, what had been promised by then, and how it came to that. */
export interface Moment {
  readonly disk: Disk;
  readonly promises: Promises;
  readonly story: readonly string[];
}

/** A store that did not keep its promises, or did not start. */
export interface Violation {
  readonly problem: string;
  readonly story: readonly string[];
}

/** How a life ends: by the process alone, which takes nothing, or by the power. */
export type Ending =
  | 'kill'
  | 'nothing'
  | 'all but the first'
  | 'everything'
  | 'in order'
  | 'at random'
  | 'half a header'
  | 'half a page';

export const CUTS: readonly Ending[] = ['nothing', 'everything', 'in order', 'at random'];

export const BEGINNING: Moment = { disk: new Disk(), promises: NO_PROMISES, story: [] };

/** Lets a process live on from a moment. @returns what it did, or what it found wrong. */
export async function liveOn(
  { recorder, source }: Lab,
  { disk, promises, story }: Moment,
  saves: number,
): Promise<readonly Operation[] | Violation> {
  const first = promises.begun.length;
  const order = { promises, saves: Array.from({ length: saves }, (_, at) => first + at) };
  const { problem, operations } = await recorder.live(disk, order, source);
  return problem === undefined ? operations : { problem, story };
}

/** Where lives are lived: by whom, and with which copy of the source. */
export interface Lab {
  readonly recorder: Recorder;
  readonly source: string;
}

/** The moment after these operations more. */
export function movedOn({ disk: before, promises: earlier, story }: Moment, operations: readonly Operation[]): Moment {
  const disk = before.clone();
  let promises = earlier;
  for (const operation of operations) {
    disk.apply(operation);
    if (operation.type === 'say') promises = withSaid(promises, operation.said);
  }
  return { disk, promises, story };
}

/** What is left of a moment once the process has ended so. @param where it ended, for the story. */
export function ended({ disk, promises, story }: Moment, ending: Ending, dice: Dice, where: string): Moment {
  const step = ending === 'kill' ? `killed ${where}` : `power cut, ${ending} kept, ${where}`;
  return {
    disk: ending === 'kill' ? disk : disk.cut(survivalOf(ending, dice)),
    promises,
    story: [...story, step],
  };
}

/** For the story: before which operation it was. */
export function whereIs(operations: readonly Operation[], at: number): string {
  return `after ${at} of ${operations.length} operations${nextOf(operations[at])}`;
}

/** What tells a moment from another: the same one need not be looked at twice. */
export function keyOf({ disk, promises }: Moment): string {
  const hash = createHash('sha1').update(JSON.stringify(promises));
  for (const part of disk.contents()) hash.update(part);
  return hash.digest('hex');
}

function survivalOf(ending: Exclude<Ending, 'kill'>, dice: Dice): Survival {
  switch (ending) {
    case 'nothing':
      return NOTHING;
    case 'all but the first':
      return ALL_BUT_THE_FIRST;
    case 'everything':
      return EVERYTHING;
    case 'in order':
      return inOrder(dice);
    case 'at random':
      return atRandom(dice);
    case 'half a header':
      return startOfLast(20);
    case 'half a page':
      return withoutEnd(2_000);
  }
}

function nextOf(operation: Operation | undefined): string {
  if (operation === undefined) return '';
  const where = 'path' in operation ? ` of ${operation.path}` : 'at' in operation ? ` at ${operation.at}` : '';
  return `, before: ${operation.type}${where}`;
}
