import type { AnyActorLogic, EventObject } from 'xstate';
import type { Child } from '../../machines/member.ts';
import type { MemberContext } from '../context.ts';
import type { Messenger } from '../peers/messenger.ts';

/** A machine that drives one batch at a time: see `machines/proposer.ts` and `machines/reader.ts`. */
export class Lane<Work> {
  readonly child: Child;
  readonly #free: Lane<Work>[];
  #work: Work | undefined;
  #onOver: () => void = () => undefined;
  #send: (event: EventObject) => void = () => undefined;

  constructor(id: string, logic: AnyActorLogic, free: Lane<Work>[]) {
    this.#free = free;
    this.child = {
      id,
      logic,
      input: { lane: this },
      attach: (actor) => {
        this.#send = (event) => actor.send(event);
      },
    };
  }

  /** The batch that it drives. There is one whenever its machine is not idle. */
  get work(): Work {
    return this.#work as Work;
  }

  /** Begins a batch with that event; resolves once it is over. */
  begin(work: Work, event: EventObject): Promise<void> {
    this.#work = work;
    return new Promise((resolve) => {
      this.#onOver = resolve;
      this.#send(event);
    });
  }

  /** Tells the machine what has come of a batch. Of one that it does not drive any more nothing is to be told. */
  tell(work: Work, event: EventObject): void {
    if (this.#work === work) this.#send(event);
  }

  end(): void {
    this.#work = undefined;
    this.#free.push(this);
    this.#onOver();
  }
}

/** Makes the lanes of one role. Those that drive no batch are in the list that is returned: take one from its end. */
export function lanes<Work>(role: string, logic: AnyActorLogic, count: number): Lane<Work>[] {
  const free: Lane<Work>[] = [];
  for (let number = 0; number < count; number += 1) free.push(new Lane(`${role}.${number}`, logic, free));
  return free;
}

/** A batch that a lane drives: it asks the members, counts what they answer, and tells the lane's machine once a phase is over. */
export abstract class LaneBatch {
  readonly phaseTimeoutMs: number;
  protected readonly context: MemberContext;
  protected readonly messenger: Messenger;
  readonly #lane: Pick<Lane<unknown>, 'tell' | 'end'>;

  constructor(context: MemberContext, messenger: Messenger, lane: Pick<Lane<unknown>, 'tell' | 'end'>) {
    this.context = context;
    this.messenger = messenger;
    this.#lane = lane;
    this.phaseTimeoutMs = context.settings.phaseTimeoutMs;
  }

  /** Tells the machine what has happened, as long as its lane drives this batch. */
  protected tell(event: EventObject): void {
    this.#lane.tell(this, event);
  }

  /** Does what may find a rule of the protocol broken: the member ends then. */
  protected guard(work: () => void): void {
    try {
      work();
    } catch (cause) {
      this.context.fail(cause);
    }
  }

  /** Hands over what came of the batch, and frees its lane. */
  protected end(handOver: () => void): void {
    this.guard(handOver);
    this.#lane.end();
  }
}
