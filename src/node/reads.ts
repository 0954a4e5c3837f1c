import { createActor } from 'xstate';
import type { Emit } from '../events.ts';
import { readerMachine } from '../machines/reader.ts';
import type { ReadResult } from '../outcomes.ts';
import type { Clock, Store, Transport } from '../ports.ts';
import type { Decide } from '../protocol/messages.ts';
import type { Finding } from '../protocol/reader.ts';
import type { Decision } from '../protocol/register.ts';
import { BatchQueue } from './batch-queue.ts';
import { type Deadline, Deadlines } from './deadlines.ts';
import { isTellable } from './limits.ts';
import type { Ask } from './messenger.ts';
import type { Settings } from './settings.ts';
import type { Writes } from './writes.ts';

export interface ReadsOptions {
  readonly settings: Settings;
  readonly members: number;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly store: Pick<Store, 'load'>;
  readonly transport: Pick<Transport, 'payloadBytesMax'>;
  readonly writes: Pick<Writes, 'finish'>;
  readonly ask: Ask;
  /** Told what a read found decided. */
  readonly onFound: (decides: readonly Decide[]) => void;
  readonly onStoreFailed: (error: unknown) => void;
  readonly onBroken: (error: unknown) => void;
}

interface Waiter {
  readonly question: Question;
  readonly settle: (result: ReadResult) => void;
  /** Until when it waits. */
  deadline?: Deadline<Waiter>;
}

/** One inquiry about a register, and all who want its answer. Whoever comes once it has left starts another. */
interface Question {
  readonly name: string;
  readonly waiters: Set<Waiter>;
  /** See `ReadResult`. */
  heldBytes?: number;
}

/**
 * The reader's side of a member. What the own store knows to be decided is answered from there; the rest is asked of a
 * majority, a batch at a time; what that leaves open is handed to the proposer to finish.
 */
export class Reads {
  readonly #options: ReadsOptions;
  /** Questions that have not left yet: only those may be joined, for an answer must not be older than its question. */
  readonly #open = new Map<string, Question>();
  readonly #queue: BatchQueue<Question>;
  readonly #deadlines: Deadlines<Waiter>;

  constructor(options: ReadsOptions) {
    this.#options = options;
    this.#queue = new BatchQueue(
      options.settings,
      ({ name }) => name.length,
      (questions) => this.#drive(questions),
    );
    this.#deadlines = new Deadlines(options.clock, options.settings.operationTimeoutMs, (waiter) => {
      this.#settle(waiter, unavailable(waiter.question));
    });
  }

  read(name: string, settle: (result: ReadResult) => void): void {
    const question = this.#open.get(name) ?? this.#begin(name);
    const waiter: Waiter = { question, settle };
    question.waiters.add(waiter);
    waiter.deadline = this.#deadlines.add(waiter);
  }

  #begin(name: string): Question {
    const question: Question = { name, waiters: new Set() };
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
    for (const waiter of question.waiters) this.#settle(waiter, result);
  }

  async #drive(questions: readonly Question[]): Promise<void> {
    for (const { name } of questions) this.#open.delete(name);
    const undecided = await this.#recall(questions.filter(({ waiters }) => waiters.size > 0));
    if (undecided.length === 0) return;
    const findings = await this.#inquire(undecided.map(({ name }) => name));
    const found: Decide[] = [];
    for (const question of undecided) {
      const finding = findings.get(question.name) ?? { type: 'pending' };
      if (finding.type === 'decided') {
        found.push({ type: 'decide', name: question.name, decision: finding.decision });
      }
      this.#conclude(question, finding);
    }
    try {
      if (found.length > 0) this.#options.onFound(found);
    } catch (error) {
      this.#options.onBroken(error);
    }
  }

  /** Answers what the own store knows to be decided; returns the rest. */
  async #recall(questions: readonly Question[]): Promise<readonly Question[]> {
    try {
      const states = await this.#options.store.load(questions.map(({ name }) => name));
      return questions.filter((question) => {
        const state = states.get(question.name);
        const heldBytes = state?.accepted?.proposal.value.length ?? 0;
        if (!isTellable(heldBytes, this.#options.transport)) question.heldBytes = heldBytes;
        if (!state?.decided || state.accepted === null) return true;
        this.#answer(question, decided(state.accepted));
        return false;
      });
    } catch (error) {
      this.#options.onStoreFailed(error);
      return [];
    }
  }

  #inquire(names: readonly string[]): Promise<ReadonlyMap<string, Finding>> {
    const { settings, members, clock, ask, emit, onBroken } = this.#options;
    return new Promise((resolve) => {
      let stop = () => {};
      const actor = createActor(readerMachine, {
        clock,
        input: {
          names,
          members,
          phaseTimeoutMs: settings.phaseTimeoutMs,
          readGraceMs: settings.readGraceMs,
          ask: (requests) => {
            emit({ type: 'asked', requests });
            stop = ask(requests, (from, replies) => actor.send({ type: 'REPLIES', from, replies }));
          },
        },
      });
      actor.subscribe({
        complete: () => {
          stop();
          resolve(actor.getSnapshot().output?.findings ?? new Map());
        },
        error: onBroken,
      });
      actor.start();
    });
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
        void this.#finish(question);
        return;
      case 'pending':
        // No majority answered in time: whoever still waits asks again.
        if (question.waiters.size > 0) this.#queue.add(question);
        return;
    }
  }

  async #finish(question: Question): Promise<void> {
    const settled = await this.#options.writes.finish(question.name);
    if (settled.type === 'decided') this.#answer(question, decided(settled.decision));
    else this.#answer(question, settled.type === 'empty' ? { outcome: 'empty' } : unavailable(question));
  }
}

function unavailable({ heldBytes }: Question): ReadResult {
  return heldBytes === undefined ? { outcome: 'unavailable' } : { outcome: 'unavailable', heldBytes };
}

function decided(decision: Decision): ReadResult {
  return { outcome: 'decided', decision };
}
