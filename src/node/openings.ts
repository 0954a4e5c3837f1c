import { createActor } from 'xstate';
import type { Emit } from '../events.ts';
import { openerMachine } from '../machines/opener.ts';
import type { Clock, Store } from '../ports.ts';
import type { Ballot, MemberId } from '../protocol/ballot.ts';
import type { Opened, Opening, Write } from '../protocol/messages.ts';
import type { Beaten, Chosen } from '../protocol/proposer.ts';
import type { RegisterState } from '../protocol/register.ts';
import { type BatchLimits, BatchQueue } from './batch-queue.ts';
import type { Settings } from './settings.ts';
import { bytesOf, type Conclude, ownProposal, type Task } from './task.ts';

/** Sends an opening to every member, the own acceptor included; returns a function that stops listening for answers. */
export type AskToOpen = (
  opening: Opening,
  onOpened: (from: MemberId, opened: Opened) => void,
  /** Called once the own acceptor has saved its vote, whether or not anyone listens still. */
  onSaved: () => void,
) => () => void;

export interface OpeningsOptions {
  readonly limits: BatchLimits;
  readonly settings: Settings;
  /** How many members there are. */
  readonly members: number;
  /** That of all openings of this life: see `openingBallot`. */
  readonly ballot: Ballot;
  readonly store: Pick<Store, 'load'>;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly ask: AskToOpen;
  /** Tells the other members which openings were chosen, where there is nothing to open along with it. */
  readonly tell: (news: Opening) => void;
  readonly conclude: Conclude;
  /** Told of an opening that was chosen whole. */
  readonly onChosen: (number: number) => void;
  /** Told of a register that cannot be opened, with what the own store holds of it, if anything. */
  readonly onTouched: (task: Task, state: RegisterState | undefined) => void;
  readonly onStoreFailed: (error: unknown) => void;
  readonly onBroken: (error: unknown) => void;
}

/** How many earlier openings one message speaks of. */
const CHOSEN_MAX = 256;

/** The short way, at the home: a batch of registers to one opener machine, one round trip for all. */
export class Openings {
  readonly #options: OpeningsOptions;
  readonly #queue: BatchQueue<Task>;
  /**
   * What was opened and is not known to be in the own store yet. The store does not speak of it, and to open it again would
   * give one ballot two proposals.
   */
  readonly #unsaved = new Set<string>();
  /** Openings that were chosen whole, to be told with the next. */
  readonly #chosen: number[] = [];
  #newsTimer: unknown;
  #number = 0;

  constructor(options: OpeningsOptions) {
    this.#options = options;
    this.#queue = new BatchQueue(options.limits, bytesOf, (tasks) => this.#open(tasks), {
      clock: options.clock,
      delayMaxMs: options.settings.gatherDelayMs,
    });
  }

  add(task: Task): void {
    this.#queue.add(task);
  }

  stop(): void {
    this.#options.clock.clearTimeout(this.#newsTimer);
  }

  async #open(tasks: readonly Task[]): Promise<void> {
    const { limits, store, onStoreFailed, onTouched } = this.#options;
    // At one and the same moment: what is not unsaved now, and not in the store now, was never opened in this life.
    const candidates = tasks.filter((task) => !task.over && !this.#unsaved.has(task.name));
    const loading = store.load(candidates.map(({ name }) => name));
    for (const task of tasks) if (!task.over && this.#unsaved.has(task.name)) onTouched(task, undefined);
    const states = await loading.catch((error) => {
      onStoreFailed(error);
      return undefined;
    });
    if (states === undefined) return;
    const opened = new Map<string, Task>();
    const writes: Write[] = [];
    let bytes = 0;
    for (const task of candidates) {
      if (task.over) continue;
      const proposal = ownProposal(task);
      const state = states.get(task.name);
      if (proposal === null || state !== undefined) {
        onTouched(task, state);
        continue;
      }
      // While the store was asked, a writer may have given up and left the task to one with a larger value.
      bytes += bytesOf(task);
      if (writes.length > 0 && bytes > limits.batchBytesMax) {
        this.#queue.add(task);
        continue;
      }
      opened.set(task.name, task);
      writes.push({ name: task.name, proposal });
    }
    if (writes.length > 0) await this.#drive(opened, writes);
  }

  #drive(tasks: ReadonlyMap<string, Task>, writes: readonly Write[]): Promise<void> {
    const { settings, members, clock, emit, onBroken } = this.#options;
    for (const { name } of writes) this.#unsaved.add(name);
    for (const task of tasks.values()) task.isProposed = true;
    const opening = this.#opening(writes);
    emit({ type: 'opening', opening });
    return new Promise((resolve) => {
      let stop = () => {};
      const actor = createActor(openerMachine, {
        clock,
        input: {
          opening,
          members,
          phaseTimeoutMs: settings.phaseTimeoutMs,
          ask: () => {
            stop = this.#options.ask(
              opening,
              (from, answer) => actor.send({ type: 'OPENED', from, opened: answer }),
              () => this.#onSaved(writes),
            );
          },
        },
      });
      actor.subscribe({
        complete: () => {
          stop();
          this.#conclude(opening, tasks, actor.getSnapshot().output?.outcomes ?? []);
          resolve();
        },
        error: onBroken,
      });
      actor.start();
    });
  }

  #opening(writes: readonly Write[]): Opening {
    const chosen = this.#chosen.splice(0, CHOSEN_MAX);
    if (writes.length > 0) this.#number += 1;
    return { ballot: this.#options.ballot, number: this.#number, writes, chosen };
  }

  #onSaved(writes: readonly Write[]): void {
    for (const { name } of writes) this.#unsaved.delete(name);
  }

  #conclude(opening: Opening, tasks: ReadonlyMap<string, Task>, outcomes: readonly (Chosen | Beaten)[]): void {
    const { conclude, onBroken } = this.#options;
    const isWhole = outcomes.every((outcome) => outcome.phase === 'chosen' && outcome.here);
    try {
      if (isWhole) this.#noteChosen(opening.number);
    } catch (error) {
      onBroken(error);
      return;
    }
    conclude(tasks, outcomes, isWhole);
  }

  #noteChosen(number: number): void {
    const { clock, settings, onChosen } = this.#options;
    onChosen(number);
    if (this.#chosen.length === 0) {
      clock.clearTimeout(this.#newsTimer);
      this.#newsTimer = clock.setTimeout(() => this.#tellNews(), settings.newsDelayMs);
    }
    this.#chosen.push(number);
  }

  /** No opening came by that could have carried it. */
  #tellNews(): void {
    while (this.#chosen.length > 0) this.#options.tell(this.#opening([]));
  }
}
