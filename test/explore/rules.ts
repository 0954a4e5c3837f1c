import { onRequest } from '../../src/protocol/acceptor.ts';
import { admit } from '../../src/protocol/membership.ts';
import type { Accept } from '../../src/protocol/messages.ts';
import { type Accepting, acceptOf, onReply, prepareOf, startRound } from '../../src/protocol/proposer.ts';
import { findingOf, onAnswer, startInquiry } from '../../src/protocol/reader.ts';
import type { RegisterState } from '../../src/protocol/register.ts';

/** The rules under search: the shipped functions, and what DESIGN.md asks of the code around them. */
export interface Rules {
  readonly onRequest: typeof onRequest;
  readonly startRound: typeof startRound;
  readonly prepareOf: typeof prepareOf;
  readonly onReply: typeof onReply;
  readonly startInquiry: typeof startInquiry;
  readonly onAnswer: typeof onAnswer;
  readonly findingOf: typeof findingOf;
  readonly admit: typeof admit;
  /** What a proposer sends once a majority has promised: one accept. */
  readonly acceptsOf: (round: Accepting) => readonly Accept[];
  /** Whether a state is on the disk before the reply that rests on it leaves. */
  readonly savesBeforeReply: boolean;
  /** What an acceptor that restarts makes of what its disk holds. */
  readonly restarted: (saved: RegisterState) => RegisterState;
  /** The incarnation of a member that restarts, after this one. */
  readonly nextIncarnation: (incarnation: number) => number;
}

export const SHIPPED: Rules = Object.freeze({
  onRequest,
  startRound,
  prepareOf,
  onReply,
  startInquiry,
  onAnswer,
  findingOf,
  admit,
  acceptsOf: (round: Accepting) => [acceptOf(round)],
  savesBeforeReply: true,
  restarted: (saved: RegisterState) => saved,
  nextIncarnation: (incarnation: number) => incarnation + 1,
});
