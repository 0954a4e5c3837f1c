import type { ProposerWork } from '../../machines/proposer.ts';
import type { Request } from '../../protocol/messages.ts';
import type { Preparing, Round } from '../../protocol/proposer.ts';
import type { Ready } from '../../protocol/ready.ts';
import { RoundsBatch } from '../../protocol/rounds-batch.ts';
import type { MemberContext } from '../context.ts';
import type { Messenger } from '../peers/messenger.ts';
import type { Lane } from './lane.ts';

/** A batch of rounds of both phases, on its way. */
export class RoundBatch implements ProposerWork {
  readonly isRoundZero = false;
  readonly phaseTimeoutMs: number;
  readonly #context: MemberContext;
  readonly #messenger: Messenger;
  readonly #lane: Lane<ProposerWork>;
  readonly #rounds: RoundsBatch;
  readonly #onOver: (outcomes: readonly Round[]) => void;
  readonly #stops: (() => void)[] = [];
  /** What will have happened once replies end the phase. */
  #phaseOver: 'PROMISED' | 'ACCEPTED' = 'PROMISED';

  constructor(
    context: MemberContext,
    messenger: Messenger,
    lane: Lane<ProposerWork>,
    starts: readonly Preparing[],
    onOver: (outcomes: readonly Round[]) => void,
  ) {
    this.#context = context;
    this.#messenger = messenger;
    this.#lane = lane;
    this.#rounds = new RoundsBatch(starts, context.members, context.rules);
    this.#onOver = onOver;
    this.phaseTimeoutMs = context.settings.phaseTimeoutMs;
  }

  get isBound(): boolean {
    return this.#rounds.isBound;
  }

  prepare(): void {
    this.#ask(this.#rounds.prepare());
  }

  accept(): void {
    this.#phaseOver = 'ACCEPTED';
    this.#ask(this.#rounds.accept());
  }

  report(): void {
    for (const stop of this.#stops) stop();
    try {
      this.#onOver(this.#rounds.outcomes);
    } catch (cause) {
      this.#context.fail(cause);
    }
    this.#lane.end();
  }

  #ask({ send }: Ready<Request>): void {
    const stop = this.#messenger.ask(send, (from, replies) => {
      try {
        if (this.#rounds.onReplies(from, replies)) this.#lane.tell(this, { type: this.#phaseOver });
      } catch (cause) {
        this.#context.fail(cause);
      }
    });
    this.#stops.push(stop);
  }
}
