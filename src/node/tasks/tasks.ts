import { higherBallot } from '../../protocol/ballot.ts';
import type { Decision, Proposal } from '../../protocol/register.ts';
import type { MemberContext } from '../context.ts';
import type { Proposer } from '../roles/proposer.ts';
import { Deadlines } from './deadlines.ts';
import { type Ending, Task, type Undecided, type Waiter } from './task.ts';

/**
 * All that goes on at this member about undecided registers, one task a register, shared by all who wait for it. The home opens
 * a task's register; what that leaves undecided goes on in rounds, as all does at other members, and where it is beaten, in
 * further rounds after a pause.
 */
export class Tasks {
  readonly #context: MemberContext;
  readonly #proposer: Proposer;
  readonly #isHome: boolean;
  readonly #tasks = new Map<string, Task>();
  readonly #deadlines: Deadlines<Waiter>;

  constructor(context: MemberContext, proposer: Proposer, isHome: boolean) {
    this.#context = context;
    this.#proposer = proposer;
    this.#isHome = isHome;
    this.#deadlines = new Deadlines(context.clock, context.settings.operationTimeoutMs, (waiter) => {
      this.#settle(waiter, { type: 'timeout', isProposed: waiter.task.isProposed });
    });
  }

  /** Writers are never told empty: their own proposal is there to be proposed. */
  write(name: string, proposal: Proposal, settle: (ending: Ending) => void): void {
    const task = this.#wait(name, proposal, settle);
    if (task === undefined) return;
    if (this.#isHome) this.#proposer.open(task);
    else this.#proposer.propose(task);
  }

  /** Finishes a register that a read found divided, with no value of its own. */
  finish(name: string, settle: (ending: Ending) => void): void {
    const task = this.#wait(name, null, settle);
    if (task !== undefined) this.#proposer.propose(task);
  }

  /** Everyone who waits for this register is answered with its decision. */
  learn(name: string, decision: Decision): void {
    const task = this.#tasks.get(name);
    if (task === undefined) return;
    for (const waiter of task.waiters) this.#settle(waiter, { type: 'decided', decision });
  }

  /** Joins the task of a register. @returns the task where it is new, and so has to be proposed. */
  #wait(name: string, proposal: Proposal | null, settle: (ending: Ending) => void): Task | undefined {
    const existing = this.#tasks.get(name);
    const task = existing ?? new Task(name, this.#goOn);
    const waiter: Waiter = { task, proposal, joinedAt: task.rounds, settle };
    task.waiters.add(waiter);
    waiter.deadline = this.#deadlines.add(waiter);
    if (existing !== undefined) return undefined;
    this.#tasks.set(name, task);
    return task;
  }

  #settle(waiter: Waiter, ending: Ending): void {
    const { task } = waiter;
    if (!task.waiters.delete(waiter)) return;
    if (waiter.deadline !== undefined) this.#deadlines.remove(waiter.deadline);
    if (task.waiters.size === 0) {
      task.over = true;
      this.#tasks.delete(task.name);
    }
    waiter.settle(ending);
  }

  readonly #goOn = (task: Task, outcome: Undecided): void => {
    if (outcome.phase === 'empty') {
      this.#answerEmpty(task);
      this.#proposer.propose(task);
    } else {
      task.seen = higherBallot(task.seen, outcome.phase === 'beaten' ? outcome.highest : outcome.ballot);
      this.#startOverLater(task);
    }
  };

  /** It was empty when the last round asked: that answers nobody who came later, and no writer. */
  #answerEmpty(task: Task): void {
    const { mayAnswerEmpty } = this.#context.rules;
    for (const waiter of task.waiters) {
      if (waiter.proposal === null && mayAnswerEmpty(waiter.joinedAt, task.rounds)) {
        this.#settle(waiter, { type: 'empty' });
      }
    }
  }

  /** Paxos Made Simple §2.4: proposers that keep beating each other make no progress, so each waits a random while. */
  #startOverLater(task: Task): void {
    const { clock, random, settings } = this.#context;
    const longestMs = Math.min(settings.backoffMaxMs, settings.backoffMinMs * 2 ** Math.max(0, task.rounds - 1));
    clock.setTimeout(() => this.#proposer.propose(task), random() * longestMs);
  }
}
