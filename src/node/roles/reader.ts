import type { ReadResult } from '../../contract/outcomes.ts';
import type { Child } from '../../machines/member.ts';
import { type ReaderWork, readerMachine } from '../../machines/reader.ts';
import type { Decide } from '../../protocol/messages.ts';
import type { Finding } from '../../protocol/reader.ts';
import type { Decision, RegisterState } from '../../protocol/register.ts';
import type { MemberContext } from '../context.ts';
import { isTellable } from '../limits.ts';
import type { Messenger } from '../peers/messenger.ts';
import { BatchQueue } from '../tasks/batch-queue.ts';
import { type Deadline, Deadlines } from '../tasks/deadlines.ts';
import type { Ending } from '../tasks/task.ts';
import type { Tasks } from '../tasks/tasks.ts';
import { type Lane, lanes } from './lane.ts';
import type { Learning } from './learning.ts';
import { QuestionBatch } from './question-batch.ts';

interface Waiter {
  readonly question: Question;
  readonly settle: (result: ReadResult) => void;
  /** Until when they wait. */
  deadline?: Deadline<Waiter>;
}

/** One question about a register, and all who want its answer. Whoever comes once it has left starts another. */
interface Question {
  readonly name: string;
  readonly waiters: Set<Waiter>;
  hasLeft: boolean;
  /** See `ReadResult`. */
  heldBytes?: number;
}

/**
 * The reader of a member. Answers registers that this member's store knows to be decided from there, and asks a majority about the others, a
 * batch to a lane; what that leaves divided is given to the proposer to finish.
 */
export class Reader {
  readonly children: readonly Child[];
  readonly #context: MemberContext;
  readonly #messenger: Messenger;
  readonly #learning: Learning;
  readonly #tasks: Tasks;
  /** The newest question about each register, until it has left. */
  readonly #open = new Map<string, Question>();
  readonly #queue: BatchQueue<Question>;
  readonly #lanes: Lane<ReaderWork>[];
  readonly #deadlines: Deadlines<Waiter>;

  constructor(context: MemberContext, messenger: Messenger, learning: Learning, tasks: Tasks) {
    const { settings, clock } = context;
    const { batchesInFlightMax, fullBatchesInFlightMax } = settings;
    this.#context = context;
    this.#messenger = messenger;
    this.#learning = learning;
    this.#tasks = tasks;
    this.#lanes = lanes('reader', readerMachine, Math.max(batchesInFlightMax, fullBatchesInFlightMax));
    this.children = this.#lanes.map(({ child }) => child);
    this.#queue = new BatchQueue(
      settings,
      ({ name }) => name.length,
      (questions) => this.#drive(questions),
    );
    this.#deadlines = new Deadlines(clock, settings.operationTimeoutMs, (waiter) => {
      this.#settle(waiter, unavailable(waiter.question));
    });
  }

  read(name: string, settle: (result: ReadResult) => void): void {
    const open = this.#open.get(name);
    const question = open !== undefined && this.#context.rules.mayJoin(open.hasLeft) ? open : this.#begin(name);
    const waiter: Waiter = { question, settle };
    question.waiters.add(waiter);
    waiter.deadline = this.#deadlines.add(waiter);
  }

  #begin(name: string): Question {
    const question: Question = { name, waiters: new Set(), hasLeft: false };
    this.#open.set(name, question);
    this.#queue.add(question);
    return question;
  }

  #settle(waiter: Waiter, result: ReadResult): void {
    if (!waiter.question.waiters.delete(waiter)) return;
    if (waiter.deadline !== undefined) this.#deadlines.remove(waiter.deadline);
    waiter.settle(result);
  }

  #answer(question: Question, result: ReadResult): void {
    if (this.#open.get(question.name) === question) this.#open.delete(question.name);
    for (const waiter of question.waiters) this.#settle(waiter, result);
  }

  async #drive(all: readonly Question[]): Promise<void> {
    const { store, fail } = this.#context;
    const questions = all.filter(({ waiters }) => waiters.size > 0);
    for (const question of all) question.hasLeft = true;
    for (const question of all) if (question.waiters.size === 0) this.#answer(question, unavailable(question));
    try {
      const names = questions.map(({ name }) => name);
      const states = store.find(names) ?? (await store.load(names));
      const undecided = questions.filter((question) => !this.#answerFrom(states.get(question.name), question));
      if (undecided.length > 0) await this.#ask(undecided);
    } catch (cause) {
      fail(cause);
    }
  }

  /** Answers for the registers that this member's store knows to be decided. */
  #answerFrom(state: RegisterState | undefined, question: Question): boolean {
    const heldBytes = state?.accepted?.proposal.value.length ?? 0;
    if (!isTellable(heldBytes, this.#context.transport)) question.heldBytes = heldBytes;
    if (!state?.decided || state.accepted === null) return false;
    this.#answer(question, decided(state.accepted));
    return true;
  }

  #ask(questions: readonly Question[]): Promise<void> {
    // The queue lets no more batches leave than there are lanes.
    const lane = this.#lanes.pop() as Lane<ReaderWork>;
    const names = questions.map(({ name }) => name);
    const batch = new QuestionBatch(this.#context, this.#messenger, lane, names, (findings) =>
      this.#take(questions, findings),
    );
    return lane.begin(batch, { type: 'READ' });
  }

  #take(questions: readonly Question[], findings: ReadonlyMap<string, Finding>): void {
    const found: Decide[] = [];
    for (const question of questions) {
      const finding = findings.get(question.name) ?? { type: 'pending' };
      if (finding.type === 'decided') found.push({ type: 'decide', name: question.name, decision: finding.decision });
      this.#conclude(question, finding);
    }
    if (found.length === 0) return;
    this.#learning.learn(found);
    this.#messenger.note(found);
  }

  #conclude(question: Question, finding: Finding): void {
    switch (finding.type) {
      case 'decided':
        this.#answer(question, decided(finding.decision));
        return;
      case 'empty':
        this.#answer(question, { outcome: 'empty' });
        return;
      case 'divided':
        this.#tasks.finish(question.name, (ending) => this.#answer(question, resultOf(ending, question)));
        return;
      case 'pending':
        // No majority answered in time: whoever still waits asks again.
        if (question.waiters.size > 0) this.#queue.add(question);
        else this.#answer(question, unavailable(question));
        return;
    }
  }
}

function resultOf(ending: Ending, question: Question): ReadResult {
  if (ending.type === 'decided') return decided(ending.decision);
  return ending.type === 'empty' ? { outcome: 'empty' } : unavailable(question);
}

function unavailable({ heldBytes }: Question): ReadResult {
  return heldBytes === undefined ? { outcome: 'unavailable' } : { outcome: 'unavailable', heldBytes };
}

function decided(decision: Decision): ReadResult {
  return { outcome: 'decided', decision };
}
