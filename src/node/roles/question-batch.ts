import type { ReaderWork } from '../../machines/reader.ts';
import type { MemberId } from '../../protocol/ballot.ts';
import type { Reply } from '../../protocol/messages.ts';
import type { Finding, Inquiry } from '../../protocol/reader.ts';
import type { MemberContext } from '../context.ts';
import type { Messenger } from '../peers/messenger.ts';
import { type Lane, LaneBatch } from './lane.ts';

/** A batch of questions about registers, on its way. */
export class QuestionBatch extends LaneBatch implements ReaderWork {
  readonly readGraceMs: number;
  readonly #inquiries: Map<string, Inquiry>;
  readonly #onOver: (findings: ReadonlyMap<string, Finding>) => void;
  #stop = () => {};

  constructor(
    context: MemberContext,
    messenger: Messenger,
    lane: Lane<ReaderWork>,
    names: readonly string[],
    onOver: (findings: ReadonlyMap<string, Finding>) => void,
  ) {
    super(context, messenger, lane);
    this.#inquiries = new Map(names.map((name) => [name, context.rules.startInquiry(name)]));
    this.#onOver = onOver;
    this.readGraceMs = context.settings.readGraceMs;
  }

  ask(): void {
    const queries = Array.from(this.#inquiries.keys(), (name) => ({ type: 'query', name }) as const);
    this.#stop = this.messenger.ask(queries, (from, replies) => this.guard(() => this.#count(from, replies)));
  }

  report(): void {
    this.#stop();
    this.end(() => this.#onOver(this.#findings()));
  }

  #count(from: MemberId, replies: readonly Reply[]): void {
    for (const reply of replies) {
      const inquiry = this.#inquiries.get(reply.name);
      if (inquiry !== undefined) this.#inquiries.set(reply.name, this.context.rules.onAnswer(inquiry, from, reply));
    }
    const types = new Set(Array.from(this.#findings().values(), ({ type }) => type));
    if (types.has('pending')) return;
    this.tell({ type: types.has('divided') ? 'DIVIDED' : 'SETTLED' });
  }

  #findings(): Map<string, Finding> {
    const { rules, members } = this.context;
    return new Map(Array.from(this.#inquiries, ([name, inquiry]) => [name, rules.findingOf(inquiry, members)]));
  }
}
