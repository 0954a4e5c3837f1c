import { type Ballot, NO_BALLOT } from '../protocol/ballot.ts';
import type { Round } from '../protocol/proposer.ts';
import type { Decision, Proposal } from '../protocol/register.ts';
import type { Deadline } from './deadlines.ts';

/** How it ended for somebody who waited for a register. */
export type Ending =
  | { readonly type: 'decided'; readonly decision: Decision }
  | { readonly type: 'empty' }
  | {
      readonly type: 'timeout';
      /** Whether anything of the task had left by then: where it had not, nothing of it ever will. */
      readonly isProposed: boolean;
    };

/** Somebody who waits for a register: a writer with a proposal, or a reader who wants it finished. */
export interface Waiter {
  readonly task: Task;
  readonly proposal: Proposal | null;
  /** How many rounds of the task had begun when it came. */
  readonly after: number;
  readonly settle: (ending: Ending) => void;
  /** Until when it waits. */
  deadline?: Deadline<Waiter>;
}

/** All that goes on at this member about one undecided register. */
export interface Task {
  readonly name: string;
  readonly waiters: Set<Waiter>;
  /** The highest ballot that stood in the way of it. */
  seen: Ballot;
  /** How many rounds it has begun. */
  rounds: number;
  /** Set when its register was decided, or nobody waits any more: its place in a queue or batch then means nothing. */
  over: boolean;
  /** Set before anything is proposed for it. */
  isProposed: boolean;
}

/** One that nobody waits for yet. */
export function newTask(name: string): Task {
  return { name, waiters: new Set(), seen: NO_BALLOT, rounds: 0, over: false, isProposed: false };
}

/**
 * Takes in what a batch came to: one outcome for each task, in any order.
 * @param isTold whether the others hear of what was chosen here by the number of an opening.
 */
export type Conclude = (tasks: ReadonlyMap<string, Task>, outcomes: readonly Round[], isTold: boolean) => void;

/** What the task may propose: the proposal of whoever has waited longest; none if only readers wait. */
export function ownProposal(task: Task): Proposal | null {
  for (const { proposal } of task.waiters) if (proposal !== null) return proposal;
  return null;
}

/** About what the task's proposal takes of a message, in bytes. */
export function bytesOf(task: Task): number {
  const proposal = ownProposal(task);
  return task.name.length + (proposal === null ? 0 : proposal.opId.length + proposal.value.length) + ENTRY_BYTES;
}

/** More than what surrounds a write in a message, and than what a refusal of it takes beside its name in the answer. */
export const ENTRY_BYTES = 128;
