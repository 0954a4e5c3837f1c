import type { Child } from '../../machines/member.ts';
import { type ProposerWork, proposerMachine } from '../../machines/proposer.ts';
import type { Ballot } from '../../protocol/ballot.ts';
import type { Decide, Opening, Write } from '../../protocol/messages.ts';
import type { Round } from '../../protocol/proposer.ts';
import type { RegisterState } from '../../protocol/register.ts';
import { OpenedNames } from '../../protocol/round-zero.ts';
import type { Rounds } from '../../protocol/rounds.ts';
import type { MemberContext } from '../context.ts';
import { batchBytesMaxOf, batchLimits } from '../limits.ts';
import type { Messenger } from '../peers/messenger.ts';
import { BatchQueue } from '../tasks/batch-queue.ts';
import type { Task } from '../tasks/task.ts';
import { type Lane, lanes } from './lane.ts';
import type { Learning } from './learning.ts';
import { OpeningBatch, Quickest } from './opening-batch.ts';
import { RoundBatch } from './round-batch.ts';

/** How many earlier openings one message speaks of. */
const CHOSEN_MAX = 256;

/**
 * The proposer of a member: it gets the registers of tasks decided, a batch to each of its lanes. The home opens them in
 * round 0, in one round trip; whatever that leaves undecided, and all at other members, goes in rounds of both phases.
 */
export class Proposer {
  readonly children: readonly Child[];
  readonly #context: MemberContext;
  readonly #messenger: Messenger;
  readonly #learning: Learning;
  readonly #rounds: Rounds;
  readonly #openings: BatchQueue<Task>;
  readonly #proposals: BatchQueue<Task>;
  /** Lanes that drive no batch. */
  readonly #lanes: Lane<ProposerWork>[];
  /** That of all openings of this life. */
  readonly #ballot: Ballot;
  readonly #opened = new OpenedNames();
  readonly #quickest = new Quickest();
  /** Openings that were chosen whole, to be told with the next. */
  readonly #chosen: number[] = [];
  #newsTimer: unknown;
  #number = 0;

  constructor(context: MemberContext, messenger: Messenger, learning: Learning) {
    const { self, settings, transport, clock, store, rules } = context;
    const { openingsInFlightMax, batchesInFlightMax, fullBatchesInFlightMax, gatherDelayMs } = settings;
    this.#context = context;
    this.#messenger = messenger;
    this.#learning = learning;
    this.#ballot = rules.openingBallot(self, store.identity.incarnation);
    this.#rounds = rules.newRounds(self, store.identity.incarnation);
    const lanesMax =
      Math.max(openingsInFlightMax, fullBatchesInFlightMax) + Math.max(batchesInFlightMax, fullBatchesInFlightMax);
    this.#lanes = lanes('proposer', proposerMachine, lanesMax);
    this.children = this.#lanes.map(({ child }) => child);
    this.#openings = new BatchQueue(
      batchLimits(settings, transport, openingsInFlightMax),
      (task) => task.bytes,
      (tasks) => this.#open(tasks),
      { clock, delayMaxMs: gatherDelayMs },
    );
    this.#proposals = new BatchQueue(
      settings,
      (task) => task.bytes,
      (tasks) => this.#propose(tasks),
    );
  }

  /** Gets a task's register decided in round 0, if this member's store does not know it: for the home alone. */
  open(task: Task): void {
    this.#openings.add(task);
  }

  /** Gets it decided in a round of both phases. */
  propose(task: Task): void {
    if (!task.over) this.#proposals.add(task);
  }

  stop(): void {
    this.#context.clock.clearTimeout(this.#newsTimer);
  }

  async #open(tasks: readonly Task[]): Promise<void> {
    const { store, rules, fail } = this.#context;
    // At one and the same moment: what this life has not opened by now, and is not in the store by now, it never opened.
    const candidates: Task[] = [];
    const touched: Task[] = [];
    for (const task of tasks) {
      if (!task.over) (rules.mayOpen(undefined, this.#opened.has(task.name)) ? candidates : touched).push(task);
    }
    const names = candidates.map(({ name }) => name);
    const known = store.find(names);
    const loading = known === undefined ? store.load(names) : undefined;
    for (const task of touched) this.propose(task);
    try {
      const opening = this.#opening(candidates, known ?? (await loading) ?? new Map());
      if (opening !== undefined) await this.#drive(opening.tasks, opening.writes);
    } catch (cause) {
      fail(cause);
    }
  }

  /** Picks the tasks whose registers may be opened; the others go on in rounds. */
  #opening(candidates: readonly Task[], states: ReadonlyMap<string, RegisterState>) {
    const { rules, settings, transport } = this.#context;
    const batchBytesMax = batchBytesMaxOf(settings, transport);
    const tasks = new Map<string, Task>();
    const writes: Write[] = [];
    let bytes = 0;
    for (const task of candidates) {
      if (task.over) continue;
      const { name, proposal } = task;
      const state = states.get(name);
      if (proposal === null || !rules.mayOpen(state, false)) {
        this.#goOnFrom(task, state);
        continue;
      }
      // While the store was asked, a writer may have given up and left the task to one with a larger value.
      bytes += task.bytes;
      if (writes.length > 0 && bytes > batchBytesMax) {
        this.#openings.add(task);
        continue;
      }
      tasks.set(name, task);
      writes.push({ name, proposal });
    }
    return writes.length === 0 ? undefined : { tasks, writes };
  }

  /** The own store knows the register, so it cannot be opened. */
  #goOnFrom(task: Task, state: RegisterState | undefined): void {
    if (state?.decided && state.accepted !== null) {
      this.#learning.learn([{ type: 'decide', name: task.name, decision: state.accepted }]);
    } else this.propose(task);
  }

  #drive(tasks: ReadonlyMap<string, Task>, writes: readonly Write[]): Promise<void> {
    const lane = this.#freeLane();
    const opening = this.#nextOpening(writes);
    this.#opened.add(opening);
    for (const task of tasks.values()) task.isProposed = true;
    const batch = new OpeningBatch(this.#context, this.#messenger, lane, opening, this.#quickest, {
      onSaved: () => this.#opened.onSaved(opening),
      onOver: (outcomes, isWhole) => {
        if (isWhole) this.#noteChosen(opening.number);
        this.#conclude(tasks, outcomes, isWhole);
      },
    });
    return lane.begin(batch, { type: 'PROPOSE' });
  }

  #propose(all: readonly Task[]): Promise<void> {
    const tasks = new Map(all.filter(({ over }) => !over).map((task) => [task.name, task]));
    if (tasks.size === 0) return Promise.resolve();
    const { rules } = this.#context;
    const starts = Array.from(tasks.values(), (task) => {
      task.rounds += 1;
      task.isProposed = true;
      return rules.startRound(task.name, this.#rounds.next(task.name, task.seen), task.proposal);
    });
    const lane = this.#freeLane();
    const batch = new RoundBatch(this.#context, this.#messenger, lane, starts, (outcomes) =>
      this.#conclude(tasks, outcomes, false),
    );
    return lane.begin(batch, { type: 'PROPOSE' });
  }

  /** The queues let no more batches leave than there are lanes. */
  #freeLane(): Lane<ProposerWork> {
    return this.#lanes.pop() as Lane<ProposerWork>;
  }

  /**
   * Takes in what came of a batch: one outcome for each task, in any order.
   * @param isTold whether the others hear of what was chosen here by the number of an opening.
   */
  #conclude(tasks: ReadonlyMap<string, Task>, outcomes: readonly Round[], isTold: boolean): void {
    const { emit } = this.#context;
    const chosen: Decide[] = [];
    const found: Decide[] = [];
    for (const outcome of outcomes) {
      if (outcome.phase !== 'chosen') continue;
      (outcome.here ? chosen : found).push({ type: 'decide', name: outcome.name, decision: outcome.decision });
    }
    this.#learning.learn(chosen);
    if (chosen.length > 0 && !isTold) this.#messenger.tell(chosen);
    for (const { name, decision } of chosen) emit({ type: 'decided', name, decision });
    this.#learning.learn(found);
    if (found.length > 0) this.#messenger.note(found);
    for (const outcome of outcomes) if (outcome.phase !== 'chosen') tasks.get(outcome.name)?.goOn(outcome);
  }

  #nextOpening(writes: readonly Write[]): Opening {
    const chosen = this.#chosen.splice(0, CHOSEN_MAX);
    if (writes.length > 0) this.#number += 1;
    return { ballot: this.#ballot, number: this.#number, writes, chosen };
  }

  #noteChosen(number: number): void {
    const { clock, settings } = this.#context;
    this.#learning.onOwnChosen(this.#ballot, number);
    if (this.#chosen.length === 0) {
      clock.clearTimeout(this.#newsTimer);
      this.#newsTimer = clock.setTimeout(() => this.#tellNews(), settings.newsDelayMs);
    }
    this.#chosen.push(number);
  }

  /** No opening came by that could have carried it. */
  #tellNews(): void {
    while (this.#chosen.length > 0) this.#messenger.tellNews(this.#nextOpening([]));
  }
}
