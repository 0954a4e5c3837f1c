import { createActor } from 'xstate';
import { handoverMachine } from '../machines/handover.ts';
import type { Clock } from '../ports.ts';
import type { Ballot, MemberId } from '../protocol/ballot.ts';
import { decisionsOf } from '../protocol/handover.ts';
import type { Decide, Handover, Settled } from '../protocol/messages.ts';
import { type BatchLimits, BatchQueue } from './batch-queue.ts';
import type { Settings } from './settings.ts';
import { Suspicions } from './suspicions.ts';
import { bytesOf, ownProposal, type Task } from './task.ts';

/** Hands writes to their home; returns a function that stops listening for answers. */
export type HandOver = (
  home: MemberId,
  handover: Handover,
  /** Told what the home settled, and the ballot of its openings. */
  onSettled: (settled: Settled, ballot: Ballot) => void,
  onNobody: () => void,
) => () => void;

export interface HandoversOptions {
  readonly limits: BatchLimits;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly handOver: HandOver;
  /** Whether the member was heard, and not too long ago. */
  readonly isUp: (member: MemberId) => boolean;
  /** How long nothing was heard of it. */
  readonly silentMs: (member: MemberId) => number;
  /** Told what was decided, as the home said it. */
  readonly onFound: (decides: readonly Decide[]) => void;
  /** Told of a register that its home did not settle. */
  readonly onLeft: (task: Task) => void;
  readonly onBroken: (error: unknown) => void;
}

/** Writes on their way to the home, or to who stands in for it: a queue for each, a batch to one handover machine. */
export class Handovers {
  readonly #options: HandoversOptions;
  readonly #queues = new Map<MemberId, BatchQueue<Task>>();
  readonly #suspicions: Suspicions;

  constructor(options: HandoversOptions) {
    this.#options = options;
    this.#suspicions = new Suspicions(options.clock);
  }

  /** Whether there is any sense in handing something to that member now. */
  canReach(home: MemberId): boolean {
    return this.#options.isUp(home) && !this.#suspicions.isSuspected(home);
  }

  add(home: MemberId, task: Task): void {
    const queue = this.#queues.get(home) ?? this.#newQueue(home);
    queue.add(task);
  }

  #newQueue(home: MemberId): BatchQueue<Task> {
    const queue = new BatchQueue<Task>(this.#options.limits, bytesOf, (tasks) => this.#drive(home, tasks));
    this.#queues.set(home, queue);
    return queue;
  }

  /**
   * Resolves at the home's first answer, or once nothing of it is waited for: the next batch need not wait for what may be
   * contended in this one.
   */
  #drive(home: MemberId, tasks: readonly Task[]): Promise<void> {
    const { settings, clock, silentMs, onLeft, onBroken } = this.#options;
    const handed: Task[] = [];
    const writes: Handover['writes'][number][] = [];
    for (const task of tasks) {
      const proposal = task.over ? null : ownProposal(task);
      if (proposal !== null && this.canReach(home)) {
        task.isProposed = true;
        handed.push(task);
        writes.push({ name: task.name, proposal });
      } else if (!task.over) onLeft(task);
    }
    if (writes.length === 0) return Promise.resolve();
    const handover: Handover = { writes };
    return new Promise((resolve) => {
      let stop = () => {};
      let open = handed.length;
      const onOver = () => {
        open -= 1;
        if (open === 0) actor.send({ type: 'OVER' });
      };
      for (const task of handed) task.onOver = onOver;
      const actor = createActor(handoverMachine, {
        clock,
        input: {
          handover,
          timeoutMs: settings.handoverTimeoutMs,
          isHomeSilent: () => silentMs(home) >= settings.handoverTimeoutMs,
          ask: () => {
            stop = this.#options.handOver(
              home,
              handover,
              (settled, ballot) => {
                // Most of it was learned already, where the own vote and the home's make a quorum.
                const isOpen = (place: number) => handed[place]?.over === false;
                const decides = decisionsOf(handover, settled, ballot, isOpen);
                actor.send({ type: 'SETTLED', settled });
                this.#onSettled(home, decides);
                resolve();
              },
              () => actor.send({ type: 'NOBODY' }),
            );
          },
        },
      });
      actor.subscribe({
        complete: () => {
          stop();
          for (const task of handed) task.onOver = undefined;
          resolve();
          this.#goOnWithout(home, handed, actor.getSnapshot().output?.left ?? new Set());
        },
        error: onBroken,
      });
      actor.start();
    });
  }

  #onSettled(home: MemberId, decides: readonly Decide[]): void {
    this.#suspicions.clear(home);
    try {
      this.#options.onFound(decides);
    } catch (error) {
      this.#options.onBroken(error);
    }
  }

  #goOnWithout(home: MemberId, tasks: readonly Task[], left: ReadonlySet<number>): void {
    const { settings, silentMs, onLeft } = this.#options;
    // Tasks are over for other reasons too: their clients gave up, or another member got them decided.
    const isSilent = silentMs(home) >= settings.handoverTimeoutMs;
    if (left.size === 0 && !isSilent) this.#suspicions.clear(home);
    // Where some of it was decided in the meantime, the home's vote came through and only its answer was lost.
    if (isSilent || (left.size === tasks.length && tasks.every(({ over }) => !over))) this.#suspicions.suspect(home);
    for (const place of left) {
      const task = tasks[place];
      if (task !== undefined && !task.over) onLeft(task);
    }
  }
}
