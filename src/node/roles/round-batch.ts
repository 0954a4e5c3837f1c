import type { ProposerWork } from '../../machines/proposer.ts';
import type { Request } from '../../protocol/messages.ts';
import type { Preparing, Round } from '../../protocol/proposer.ts';
import type { Ready } from '../../protocol/ready.ts';
import { RoundsBatch } from '../../protocol/rounds-batch.ts';
import type { MemberContext } from '../context.ts';
import type { Messenger } from '../peers/messenger.ts';
import { type Lane, LaneBatch } from './lane.ts';

/** A batch of rounds of both phases, on its way. */
export class RoundBatch extends LaneBatch implements ProposerWork {
  readonly isRoundZero = false;
  readonly #rounds: RoundsBatch;
  readonly #onOver: (outcomes: readonly Round[]) => void;
  readonly #stops: (() => void)[] = [];
  /** The event that ends the phase. */
  #phaseOver: 'PROMISED' | 'ACCEPTED' = 'PROMISED';

  constructor(
    context: MemberContext,
    messenger: Messenger,
    lane: Lane<ProposerWork>,
    starts: readonly Preparing[],
    onOver: (outcomes: readonly Round[]) => void,
  ) {
    super(context, messenger, lane);
    this.#rounds = new RoundsBatch(starts, context.members, context.rules);
    this.#onOver = onOver;
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
    this.end(() => this.#onOver(this.#rounds.outcomes));
  }

  #ask({ send }: Ready<Request>): void {
    const stop = this.messenger.ask(send, (from, replies) =>
      this.guard(() => {
        if (this.#rounds.onReplies(from, replies)) this.tell({ type: this.#phaseOver });
      }),
    );
    this.#stops.push(stop);
  }
}
