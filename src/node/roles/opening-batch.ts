import type { ProposerWork } from '../../machines/proposer.ts';
import type { MemberId } from '../../protocol/ballot.ts';
import type { Opening } from '../../protocol/messages.ts';
import type { Beaten, Chosen } from '../../protocol/proposer.ts';
import { type OpeningVote, startOpening } from '../../protocol/round-zero.ts';
import type { MemberContext } from '../context.ts';
import type { Messenger } from '../peers/messenger.ts';
import { type Lane, LaneBatch } from './lane.ts';

interface OpeningEnds {
  /** Called once this member's acceptor has saved its vote, whenever that is. */
  readonly onSaved: () => void;
  /** @param isWhole whether all of it was chosen, here. */
  readonly onOver: (outcomes: readonly (Chosen | Beaten)[], isWhole: boolean) => void;
}

/**
 * The members that made a quorum with the home last time. They are asked to answer at once, and the others may save with
 * the next: so a commit and an answer less is paid for most openings. Where one of them is silent the others answer after
 * `lingerMs`, and take its place.
 */
export class Quickest {
  members: readonly MemberId[] = [];
}

/** A batch of round 0: phase 2 at once, for all of its registers together. */
export class OpeningBatch extends LaneBatch implements ProposerWork {
  readonly isRoundZero = true;
  readonly isBound = true;
  readonly #quickest: Quickest;
  readonly #ends: OpeningEnds;
  #vote: OpeningVote;
  #stop = () => {};

  constructor(
    context: MemberContext,
    messenger: Messenger,
    lane: Lane<ProposerWork>,
    opening: Opening,
    quickest: Quickest,
    ends: OpeningEnds,
  ) {
    super(context, messenger, lane);
    this.#quickest = quickest;
    this.#ends = ends;
    this.#vote = startOpening(opening);
  }

  /** Round 0 has no phase 1. */
  prepare(): void {}

  accept(): void {
    const { rules, members } = this.context;
    const { onSaved } = this.#ends;
    this.#stop = this.messenger.open(
      this.#vote.opening,
      this.#quickest.members,
      (from, opened) => {
        this.#vote = rules.onOpened(this.#vote, from, opened);
        if (rules.isOpeningSettled(this.#vote, members)) this.tell({ type: 'ACCEPTED' });
      },
      onSaved,
    );
  }

  report(): void {
    const { self, rules, members } = this.context;
    this.#stop();
    const isSettled = rules.isOpeningSettled(this.#vote, members);
    this.#quickest.members = isSettled ? this.#vote.answered.filter((member) => member !== self) : [];
    this.end(() => {
      const outcomes = rules.outcomesOf(this.#vote, members);
      this.#ends.onOver(outcomes, rules.isWhole(outcomes));
    });
  }
}
