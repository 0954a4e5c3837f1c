import { createActor } from 'xstate';
import type { Emit } from '../events.ts';
import { proposerMachine } from '../machines/proposer.ts';
import type { WriteResult } from '../outcomes.ts';
import type { Clock, Random } from '../ports.ts';
import { type Ballot, higherBallot, type MemberId, NO_BALLOT } from '../protocol/ballot.ts';
import type { Decide, Reply, Request } from '../protocol/messages.ts';
import { type Round, startRound } from '../protocol/proposer.ts';
import { type Decision, type Proposal, sameProposal } from '../protocol/register.ts';
import type { Rounds } from '../protocol/rounds.ts';
import { BatchQueue } from './batch-queue.ts';
import { Deadlines } from './deadlines.ts';
import type { Settings } from './settings.ts';

export type Ask = (
  requests: readonly Request[],
  onReplies: (from: MemberId, replies: readonly Reply[]) => void,
) => () => void;

export interface WritesOptions {
  readonly settings: Settings;
  readonly members: number;
  readonly rounds: Rounds;
  readonly clock: Clock;
  readonly random: Random;
  readonly emit: Emit;
  readonly ask: Ask;
  /** Told what this member's proposer got decided, a batch at a time. */
  readonly onChosen: (decides: readonly Decide[]) => void;
  /** Told what it found decided already. */
  readonly onFound: (decides: readonly Decide[]) => void;
  readonly onBroken: (error: unknown) => void;
}

/** Somebody who waits for a register: a writer with a proposal, or a reader who wants it finished. */
interface Waiter {
  readonly task: Task;
  readonly proposal: Proposal | null;
  /** How many rounds of the task had begun when it came. */
  readonly after: number;
  readonly resolve: (settled: Settled) => void;
}

type Settled = { type: 'decided'; decision: Decision } | { type: 'empty' } | { type: 'timeout' };

/** All that goes on at this member about one undecided register. */
interface Task {
  readonly name: string;
  readonly waiters: Set<Waiter>;
  /** The highest ballot that stood in the way of it. */
  seen: Ballot;
  /** How many rounds it has begun. */
  rounds: number;
  /** Set when its register was decided, or nobody waits any more: its place in a queue or batch then means nothing. */
  over: boolean;
}

/**
 * The proposer's side of a member: it gathers registers into batches, gives each batch to a proposer machine, and lets a
 * register that was beaten go on in a new round after a pause. Writers of one register at one member share its task.
 */
export class Writes {
  readonly #options: WritesOptions;
  readonly #tasks = new Map<string, Task>();
  readonly #queue: BatchQueue<Task>;
  readonly #deadlines: Deadlines<Waiter>;

  constructor(options: WritesOptions) {
    this.#options = options;
    this.#queue = new BatchQueue(
      options.settings,
      (task) => task.name.length + (ownProposal(task)?.value.length ?? 0),
      (tasks) => this.#drive(tasks),
    );
    this.#deadlines = new Deadlines(options.clock, options.settings.operationTimeoutMs, (waiter) => {
      this.#settle(waiter, { type: 'timeout' });
    });
  }

  async write(name: string, proposal: Proposal): Promise<WriteResult> {
    const settled = await this.#wait(name, proposal);
    // A writer is never told empty: its own proposal is there to be proposed.
    return settled.type === 'decided' ? outcomeOf(proposal, settled.decision) : { outcome: 'unknown' };
  }

  /** Finishes a register that a read found divided, with no value of its own. */
  finish(name: string): Promise<Settled> {
    return this.#wait(name, null);
  }

  /** Everyone who waits for this register is answered with its decision. */
  learn(name: string, decision: Decision): void {
    const task = this.#tasks.get(name);
    if (task === undefined) return;
    for (const waiter of task.waiters) this.#settle(waiter, { type: 'decided', decision });
  }

  #wait(name: string, proposal: Proposal | null): Promise<Settled> {
    return new Promise((resolve) => {
      const task = this.#tasks.get(name) ?? this.#begin(name);
      const waiter: Waiter = { task, proposal, after: task.rounds, resolve };
      task.waiters.add(waiter);
      this.#deadlines.add(waiter);
    });
  }

  #begin(name: string): Task {
    const task: Task = { name, waiters: new Set(), seen: NO_BALLOT, rounds: 0, over: false };
    this.#tasks.set(name, task);
    this.#queue.add(task);
    return task;
  }

  #settle(waiter: Waiter, settled: Settled): void {
    const { task } = waiter;
    if (!task.waiters.delete(waiter)) return;
    if (task.waiters.size === 0) {
      task.over = true;
      this.#tasks.delete(task.name);
    }
    waiter.resolve(settled);
  }

  /** One batch, through one proposer machine. */
  #drive(tasks: readonly Task[]): Promise<void> {
    const { settings, members, rounds, clock, ask, emit, onBroken } = this.#options;
    const byName = new Map(tasks.filter(({ over }) => !over).map((task) => [task.name, task]));
    if (byName.size === 0) return Promise.resolve();
    const starts = Array.from(byName.values(), (task) => {
      task.rounds += 1;
      return startRound(task.name, rounds.next(task.name, task.seen), ownProposal(task));
    });
    return new Promise((resolve) => {
      const stops: (() => void)[] = [];
      const actor = createActor(proposerMachine, {
        clock,
        input: {
          rounds: starts,
          members,
          phaseTimeoutMs: settings.phaseTimeoutMs,
          ask: (requests) => {
            emit({ type: 'asked', requests });
            stops.push(ask(requests, (from, replies) => actor.send({ type: 'REPLIES', from, replies })));
          },
        },
      });
      actor.subscribe({
        complete: () => {
          for (const stop of stops) stop();
          try {
            this.#conclude(byName, actor.getSnapshot().output?.rounds ?? []);
          } catch (error) {
            onBroken(error);
          }
          resolve();
        },
        error: onBroken,
      });
      actor.start();
    });
  }

  #conclude(tasks: ReadonlyMap<string, Task>, rounds: readonly Round[]): void {
    const chosen: Decide[] = [];
    const found: Decide[] = [];
    for (const round of rounds) {
      if (round.phase !== 'chosen') continue;
      (round.here ? chosen : found).push({ type: 'decide', name: round.name, decision: round.decision });
    }
    if (chosen.length > 0) this.#options.onChosen(chosen);
    if (found.length > 0) this.#options.onFound(found);
    for (const round of rounds) {
      const task = tasks.get(round.name);
      if (task !== undefined && !task.over) this.#goOn(task, round);
    }
  }

  #goOn(task: Task, round: Round): void {
    if (round.phase === 'chosen') {
      this.learn(round.name, round.decision);
    } else if (round.phase === 'empty') {
      // It was empty when this round asked: that answers nobody who came later, and no writer.
      for (const waiter of task.waiters) {
        if (waiter.proposal === null && waiter.after < task.rounds) this.#settle(waiter, { type: 'empty' });
      }
      if (!task.over) this.#queue.add(task);
    } else {
      task.seen = higherBallot(task.seen, round.phase === 'beaten' ? round.highest : round.ballot);
      this.#startOverLater(task);
    }
  }

  /** Paxos Made Simple §2.4: proposers that keep beating each other make no progress, so each waits a random while. */
  #startOverLater(task: Task): void {
    const { clock, random, settings } = this.#options;
    const longestMs = Math.min(settings.backoffMaxMs, settings.backoffMinMs * 2 ** (task.rounds - 1));
    clock.setTimeout(() => {
      if (!task.over) this.#queue.add(task);
    }, random() * longestMs);
  }
}

/** What a decision means for whoever proposed this. */
export function outcomeOf(proposal: Proposal, decision: Decision): WriteResult {
  return { outcome: sameProposal(decision.proposal, proposal) ? 'won' : 'lost', decision };
}

/** What the task's next round may propose: the proposal of whoever has waited longest; none if only readers wait. */
function ownProposal(task: Task): Proposal | null {
  for (const { proposal } of task.waiters) if (proposal !== null) return proposal;
  return null;
}
