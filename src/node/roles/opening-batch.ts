import type { ProposerWork } from '../../machines/proposer.ts';
import type { Opening } from '../../protocol/messages.ts';
import type { Beaten, Chosen } from '../../protocol/proposer.ts';
import { type OpeningVote, startOpening } from '../../protocol/round-zero.ts';
import type { MemberContext } from '../context.ts';
import type { Messenger } from '../peers/messenger.ts';
import type { Lane } from './lane.ts';

interface OpeningEnds {
  /** Called once the own acceptor has saved its vote, whenever that is. */
  readonly onSaved: () => void;
  /** @param isWhole whether all of it was chosen, here. */
  readonly onOver: (outcomes: readonly (Chosen | Beaten)[], isWhole: boolean) => void;
}

/** A batch of round 0: phase 2 at once, for all of its registers together. */
export class OpeningBatch implements ProposerWork {
  readonly isRoundZero = true;
  readonly isBound = true;
  readonly phaseTimeoutMs: number;
  readonly #context: MemberContext;
  readonly #messenger: Messenger;
  readonly #lane: Lane<ProposerWork>;
  readonly #ends: OpeningEnds;
  #vote: OpeningVote;
  #stop = () => {};

  constructor(
    context: MemberContext,
    messenger: Messenger,
    lane: Lane<ProposerWork>,
    opening: Opening,
    ends: OpeningEnds,
  ) {
    this.#context = context;
    this.#messenger = messenger;
    this.#lane = lane;
    this.#ends = ends;
    this.#vote = startOpening(opening);
    this.phaseTimeoutMs = context.settings.phaseTimeoutMs;
  }

  /** Round 0 has no phase 1. */
  prepare(): void {}

  accept(): void {
    const { rules, members } = this.#context;
    const { onSaved } = this.#ends;
    this.#stop = this.#messenger.open(
      this.#vote.opening,
      (from, opened) => {
        this.#vote = rules.onOpened(this.#vote, from, opened);
        if (rules.isOpeningSettled(this.#vote, members)) this.#lane.tell(this, { type: 'ACCEPTED' });
      },
      onSaved,
    );
  }

  report(): void {
    const { rules, members, fail } = this.#context;
    this.#stop();
    try {
      const outcomes = rules.outcomesOf(this.#vote, members);
      this.#ends.onOver(outcomes, rules.isWhole(outcomes));
    } catch (cause) {
      fail(cause);
    }
    this.#lane.end();
  }
}
