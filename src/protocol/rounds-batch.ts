import type { MemberId } from './ballot.ts';
import type { Reply, Request } from './messages.ts';
import { acceptOf, isSettled, onReply, type Preparing, prepareOf, type Round } from './proposer.ts';
import type { Ready } from './ready.ts';

/** The rules by which a batch of rounds is driven. */
export interface RoundRules {
  readonly prepareOf: typeof prepareOf;
  readonly acceptOf: typeof acceptOf;
  readonly onReply: typeof onReply;
}

/**
 * A batch of rounds, one of each register, driven through both phases together. A round that is settled early leaves the batch;
 * one that no majority answered in time stays as it was. What came of a round is final: to go on is a matter of a new one,
 * at a higher ballot, so a ballot that has carried a value never carries another.
 */
export class RoundsBatch {
  readonly #rounds: Map<string, Round>;
  readonly #members: number;
  readonly #rules: RoundRules;
  #phase: 'preparing' | 'accepting' = 'preparing';

  /** @param members how many members there are. */
  constructor(starts: readonly Preparing[], members: number, rules: RoundRules = { prepareOf, acceptOf, onReply }) {
    this.#rounds = new Map(starts.map((round) => [round.name, round]));
    this.#members = members;
    this.#rules = rules;
  }

  /** Phase 1 of all rounds. */
  prepare(): Ready<Request> {
    return sending(this.#inPhase('preparing').map(this.#rules.prepareOf));
  }

  /** Phase 2 of those rounds that phase 1 bound to a proposal; the others stay as they are. */
  accept(): Ready<Request> {
    this.#phase = 'accepting';
    return sending(this.#inPhase('accepting').map(this.#rules.acceptOf));
  }

  /** Counts one member's replies. @returns whether that ends the phase: nothing of the batch is open in it any more. */
  onReplies(from: MemberId, replies: readonly Reply[]): boolean {
    for (const reply of replies) {
      const round = this.#rounds.get(reply.name);
      if (round === undefined || !this.#isOpen(round)) continue;
      this.#rounds.set(reply.name, this.#rules.onReply(round, from, reply, this.#members));
    }
    return this.#inPhase(this.#phase).length === 0;
  }

  /** Whether any round goes on to phase 2. */
  get isBound(): boolean {
    return this.#inPhase('accepting').length > 0;
  }

  /** The state of each round. */
  get outcomes(): readonly Round[] {
    return [...this.#rounds.values()];
  }

  /** A round that did not get through phase 1 in time takes no part in phase 2. */
  #isOpen(round: Round): boolean {
    return this.#phase === 'accepting' ? round.phase === 'accepting' : !isSettled(round);
  }

  #inPhase<Phase extends Round['phase']>(phase: Phase): Extract<Round, { readonly phase: Phase }>[] {
    const rounds: Extract<Round, { readonly phase: Phase }>[] = [];
    for (const round of this.#rounds.values()) {
      if (round.phase === phase) rounds.push(round as Extract<Round, { readonly phase: Phase }>);
    }
    return rounds;
  }
}

/** A proposer keeps nothing on disk: its incarnation sees to it that no ballot is used twice. */
function sending(send: readonly Request[]): Ready<Request> {
  return { save: [], send, answer: [] };
}
