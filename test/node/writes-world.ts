import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import type { Ending, Task } from '../../src/node/task.ts';
import { Writes } from '../../src/node/writes.ts';
import type { Ballot } from '../../src/protocol/ballot.ts';
import type { Beaten, Chosen, Round } from '../../src/protocol/proposer.ts';
import { type Decision, UNTOUCHED } from '../../src/protocol/register.ts';
import { ballot, proposal } from '../support/sample.ts';
import { ManualClock } from './manual-clock.ts';

/** The tasks of one member of three, whose ways are the test. */
export function world({ self = 'n3', reachable = [] as readonly string[], random = 0.5 } = {}) {
  const clock = new ManualClock();
  const opened: Task[] = [];
  const inRounds: Task[] = [];
  const handed: (readonly [to: string, task: Task])[] = [];
  const chosen: unknown[] = [];
  const found: unknown[] = [];
  const failures: unknown[] = [];
  let stops = 0;
  const writes = new Writes({
    settings: DEFAULT_SETTINGS,
    self,
    succession: ['n1', 'n2', 'n3'],
    clock,
    random: () => random,
    ways: () => ({
      openings: {
        add: (task) => opened.push(task),
        stop: () => {
          stops += 1;
        },
      },
      handovers: {
        canReach: (member) => reachable.includes(member),
        add: (member, task) => handed.push([member, task]),
      },
      proposals: { add: (task) => inRounds.push(task) },
    }),
    onChosen: (decides, knownTo) => chosen.push([decides.map(({ name }) => name), knownTo]),
    onFound: (decides) => found.push(decides.map(({ name }) => name)),
    onBroken: (error) => failures.push(error),
  });
  /** A round of this task begins, as a batch of rounds has it. */
  const begin = (task: Task | undefined) => {
    if (task === undefined) throw new Error('There is no such task');
    task.rounds += 1;
    task.isProposed = true;
    return task;
  };
  const end = (task: Task, round: Round) => writes.conclude(new Map([[task.name, task]]), [round], null);
  const endings: Record<string, Ending[]> = {};
  const settle = (who: string) => (ending: Ending) => {
    endings[who] = [...(endings[who] ?? []), ending];
  };
  /** A reader that wants the register finished. */
  const finish = (who: string, name = 'r') => void writes.finish(name).then(settle(who));
  const write = (who: string, name = 'r') => writes.write(name, proposal(who), settle(who));
  const stopCount = () => stops;
  return {
    ...{ writes, clock, opened, inRounds, handed, chosen, found, failures },
    ...{ begin, end, endings, settle, finish, write, stopCount },
  };
}

export const EMPTY: Round = { phase: 'empty', name: 'r', ballot: ballot(1, 'n3') };

export function beaten(highest: Ballot, at = ballot(1, 'n3')): Beaten {
  return { phase: 'beaten', name: 'r', ballot: at, highest };
}

export function decisionOf(text: string): Decision {
  return { ballot: ballot(1, 'n3'), proposal: proposal(text) };
}

export function chosenBy(text: string, here: boolean): Chosen {
  return { phase: 'chosen', name: 'r', decision: decisionOf(text), here };
}

export const HELD = { ...UNTOUCHED, promised: ballot(1, 'n3'), accepted: decisionOf('x') };
