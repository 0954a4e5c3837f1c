import type { WriteResult } from '../outcomes.ts';
import type { Clock, Random } from '../ports.ts';
import { higherBallot } from '../protocol/ballot.ts';
import type { Decide } from '../protocol/messages.ts';
import type { Round } from '../protocol/proposer.ts';
import { type Decision, type Proposal, type RegisterState, sameProposal } from '../protocol/register.ts';
import { Deadlines } from './deadlines.ts';
import type { Settings } from './settings.ts';
import { type Conclude, type Ending, newTask, type Task, type Waiter } from './task.ts';

/** A way to get a task's register decided. */
interface Way {
  add(task: Task): void;
}

/** The ways there are, made once the tasks know how to go on: see `Writes`. */
export interface Ways {
  /** For the home. */
  readonly openings: Way & { stop(): void };
  /** For everything else. */
  readonly proposals: Way;
}

export interface WritesOptions {
  readonly settings: Settings;
  /** Whether this member is the home, and so may open registers. */
  readonly isHome: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly ways: (writes: Writes) => Ways;
  /** Told what this member got decided, a batch at a time; `isTold` as in `Conclude`. */
  readonly onChosen: (decides: readonly Decide[], isTold: boolean) => void;
  /** Told what it found decided already. */
  readonly onFound: (decides: readonly Decide[]) => void;
  readonly onBroken: (error: unknown) => void;
}

/**
 * All that goes on at this member about undecided registers, one task a register, shared by all who wait for it. The home opens
 * a task's register; what comes back from there undecided goes on in rounds, as all does at other members, and where it is
 * beaten, in further rounds after a pause.
 */
export class Writes {
  readonly #options: WritesOptions;
  readonly #ways: Ways;
  readonly #tasks = new Map<string, Task>();
  readonly #deadlines: Deadlines<Waiter>;

  constructor(options: WritesOptions) {
    this.#options = options;
    this.#ways = options.ways(this);
    this.#deadlines = new Deadlines(options.clock, options.settings.operationTimeoutMs, (waiter) => {
      this.#settle(waiter, { type: 'timeout', isProposed: waiter.task.isProposed });
    });
  }

  /** Nothing is told to anyone any more. */
  stop(): void {
    this.#ways.openings.stop();
  }

  /** A writer is never told empty: its own proposal is there to be proposed. */
  write(name: string, proposal: Proposal, settle: (ending: Ending) => void): void {
    const task = this.#wait(name, proposal, settle);
    if (task === undefined) return;
    const { openings, proposals } = this.#ways;
    if (this.#options.isHome) openings.add(task);
    else proposals.add(task);
  }

  /** Finishes a register that a read found divided, with no value of its own. */
  finish(name: string): Promise<Ending> {
    return new Promise((resolve) => {
      const task = this.#wait(name, null, resolve);
      if (task !== undefined) this.#ways.proposals.add(task);
    });
  }

  /** Everyone who waits for this register is answered with its decision. */
  learn(name: string, decision: Decision): void {
    const task = this.#tasks.get(name);
    if (task === undefined) return;
    for (const waiter of task.waiters) this.#settle(waiter, { type: 'decided', decision });
  }

  /** A task that went another way and came back undecided goes on in rounds. */
  goOnInRounds(task: Task): void {
    if (!task.over) this.#ways.proposals.add(task);
  }

  /** The own store holds something of the register, so it cannot be opened. */
  goOnFrom(task: Task, state: RegisterState | undefined): void {
    if (state?.decided && state.accepted !== null) this.learn(task.name, state.accepted);
    else this.goOnInRounds(task);
  }

  /** Takes in what a batch came to. */
  readonly conclude: Conclude = (tasks, outcomes, isTold) => {
    try {
      this.#conclude(tasks, outcomes, isTold);
    } catch (error) {
      this.#options.onBroken(error);
    }
  };

  /** Joins the task of a register; returns a task that is new, which then has to be sent on some way. */
  #wait(name: string, proposal: Proposal | null, settle: (ending: Ending) => void): Task | undefined {
    const existing = this.#tasks.get(name);
    const task = existing ?? newTask(name);
    const waiter: Waiter = { task, proposal, after: task.rounds, settle };
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

  #conclude(tasks: ReadonlyMap<string, Task>, outcomes: readonly Round[], isTold: boolean): void {
    const chosen: Decide[] = [];
    const found: Decide[] = [];
    for (const outcome of outcomes) {
      if (outcome.phase !== 'chosen') continue;
      (outcome.here ? chosen : found).push({ type: 'decide', name: outcome.name, decision: outcome.decision });
    }
    if (chosen.length > 0) this.#options.onChosen(chosen, isTold);
    if (found.length > 0) this.#options.onFound(found);
    for (const outcome of outcomes) {
      const task = tasks.get(outcome.name);
      if (task !== undefined && !task.over) this.#goOn(task, outcome);
    }
  }

  #goOn(task: Task, outcome: Round): void {
    if (outcome.phase === 'chosen') {
      this.learn(outcome.name, outcome.decision);
    } else if (outcome.phase === 'empty') {
      // It was empty when this round asked: that answers nobody who came later, and no writer.
      for (const waiter of task.waiters) {
        if (waiter.proposal === null && waiter.after < task.rounds) this.#settle(waiter, { type: 'empty' });
      }
      this.goOnInRounds(task);
    } else {
      task.seen = higherBallot(task.seen, outcome.phase === 'beaten' ? outcome.highest : outcome.ballot);
      this.#startOverLater(task);
    }
  }

  /** Paxos Made Simple §2.4: proposers that keep beating each other make no progress, so each waits a random while. */
  #startOverLater(task: Task): void {
    const { clock, random, settings } = this.#options;
    const longestMs = Math.min(settings.backoffMaxMs, settings.backoffMinMs * 2 ** Math.max(0, task.rounds - 1));
    clock.setTimeout(() => this.goOnInRounds(task), random() * longestMs);
  }
}

/** What a decision means for whoever proposed this. */
export function outcomeOf(proposal: Proposal, decision: Decision): WriteResult {
  return { outcome: sameProposal(decision.proposal, proposal) ? 'won' : 'lost', decision };
}
