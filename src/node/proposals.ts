import { createActor } from 'xstate';
import type { Emit } from '../events.ts';
import { proposerMachine } from '../machines/proposer.ts';
import type { Clock } from '../ports.ts';
import { startRound } from '../protocol/proposer.ts';
import type { Rounds } from '../protocol/rounds.ts';
import { BatchQueue } from './batch-queue.ts';
import type { Ask } from './messenger.ts';
import type { Settings } from './settings.ts';
import { bytesOf, type Conclude, ownProposal, type Task } from './task.ts';

export interface ProposalsOptions {
  readonly settings: Settings;
  readonly members: number;
  readonly rounds: Rounds;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly ask: Ask;
  readonly conclude: Conclude;
  readonly onBroken: (error: unknown) => void;
}

/** The long way, open to every member: rounds of both phases, a batch of registers to one proposer machine. */
export class Proposals {
  readonly #options: ProposalsOptions;
  readonly #queue: BatchQueue<Task>;

  constructor(options: ProposalsOptions) {
    this.#options = options;
    this.#queue = new BatchQueue(options.settings, bytesOf, (tasks) => this.#drive(tasks));
  }

  add(task: Task): void {
    this.#queue.add(task);
  }

  #drive(tasks: readonly Task[]): Promise<void> {
    const { settings, members, rounds, clock, ask, emit, conclude, onBroken } = this.#options;
    const byName = new Map(tasks.filter(({ over }) => !over).map((task) => [task.name, task]));
    if (byName.size === 0) return Promise.resolve();
    const starts = Array.from(byName.values(), (task) => {
      task.rounds += 1;
      task.isProposed = true;
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
          conclude(byName, actor.getSnapshot().output?.rounds ?? [], false);
          resolve();
        },
        error: onBroken,
      });
      actor.start();
    });
  }
}
