import { type Ballot, NO_BALLOT } from '../../protocol/ballot.ts';
import type { Chosen, Round } from '../../protocol/proposer.ts';
import type { Decision, Proposal } from '../../protocol/register.ts';
import { ENTRY_BYTES } from '../limits.ts';
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
  /** How many rounds of the task had begun when they came. */
  readonly joinedAt: number;
  readonly settle: (ending: Ending) => void;
  /** Until when they wait. */
  deadline?: Deadline<Waiter>;
}

/** The outcome of a round that did not get its register decided. */
export type Undecided = Exclude<Round, Chosen>;

/** All that goes on at this member about one undecided register. */
export class Task {
  readonly name: string;
  readonly waiters = new Set<Waiter>();
  /** The highest ballot that stood in the way of it. */
  seen: Ballot = NO_BALLOT;
  /** How many rounds it has begun. */
  rounds = 0;
  /** Set when its register was decided, or nobody waits any more: its place in a queue or batch then means nothing. */
  over = false;
  /** Set before anything is proposed for it. */
  isProposed = false;
  readonly #goOn: (task: Task, outcome: Undecided) => void;

  /** @param goOn goes on with it after a round that left it undecided. */
  constructor(name: string, goOn: (task: Task, outcome: Undecided) => void) {
    this.name = name;
    this.#goOn = goOn;
  }

  /** The proposal of the writer that has waited longest; null if only readers wait. */
  get proposal(): Proposal | null {
    for (const { proposal } of this.waiters) if (proposal !== null) return proposal;
    return null;
  }

  /** About what its proposal takes of a message, in bytes. */
  get bytes(): number {
    const { name, proposal } = this;
    return name.length + (proposal === null ? 0 : proposal.opId.length + proposal.value.length) + ENTRY_BYTES;
  }

  /** A round left it undecided. */
  goOn(outcome: Undecided): void {
    if (!this.over) this.#goOn(this, outcome);
  }
}
