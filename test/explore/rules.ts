import { onRequest } from '../../src/protocol/acceptor.ts';
import { NO_BALLOT } from '../../src/protocol/ballot.ts';
import { admit } from '../../src/protocol/membership.ts';
import type { Accept } from '../../src/protocol/messages.ts';
import { onOpened, openedOf, acceptsOf as openingAcceptsOf, outcomesOf } from '../../src/protocol/round-zero.ts';
import { type Accepting, acceptOf, onReply, prepareOf, startRound } from '../../src/protocol/proposer.ts';
import { findingOf, onAnswer, startInquiry } from '../../src/protocol/reader.ts';
import type { RegisterState } from '../../src/protocol/register.ts';
import type { AcceptorState, Answer, Asked, FenceRules } from './fence.ts';
import { isSameBallot } from './world.ts';

interface Verdict {
  readonly state: AcceptorState;
  readonly reply: Answer | null;
}

/** The rules under search: the shipped functions, and what docs/PROTOCOL.md asks of the code around them. */
export interface Rules {
  readonly onRequest: (state: AcceptorState, request: Asked) => Verdict;
  readonly startRound: typeof startRound;
  readonly prepareOf: typeof prepareOf;
  readonly onReply: typeof onReply;
  readonly startInquiry: typeof startInquiry;
  readonly onAnswer: typeof onAnswer;
  readonly findingOf: typeof findingOf;
  readonly admit: typeof admit;
  readonly openingAcceptsOf: typeof openingAcceptsOf;
  readonly openedOf: typeof openedOf;
  readonly onOpened: typeof onOpened;
  readonly outcomesOf: typeof outcomesOf;
  /** Whether a home may open what its own acceptor has saved this of: only what it does not know. */
  readonly mayOpen: (saved: RegisterState) => boolean;
  /** How often a home opens one name in one incarnation: once, a ballot is for one value. */
  readonly openingsMax: number;
  /** Whether a home's acceptor takes an opening of the home's earlier lives: that one was handed over in memory, and died there. */
  readonly takesEarlierOpenings: boolean;
  /** Whether what was said to an opening of an earlier life comes to the inbox of the present one. */
  readonly hearsEarlierOpenings: boolean;
  /** What a proposer sends once a majority has promised: one accept. */
  readonly acceptsOf: (round: Accepting) => readonly Accept[];
  /** Whether a state is on the disk before the reply that rests on it leaves. */
  readonly savesBeforeReply: boolean;
  /** What an acceptor that restarts makes of what its disk holds. */
  readonly restarted: (saved: AcceptorState) => AcceptorState;
  /** The incarnation of a member that restarts, after this one. */
  readonly nextIncarnation: (incarnation: number) => number;
  /** What the fenced version does at the start of a home; nothing in the shipped one. */
  readonly fencing: FenceRules | null;
}

export const SHIPPED: Rules = Object.freeze({
  onRequest: onShippedRequest,
  startRound,
  prepareOf,
  onReply,
  startInquiry,
  onAnswer,
  findingOf,
  admit,
  openingAcceptsOf,
  openedOf,
  onOpened,
  outcomesOf,
  mayOpen: isUntouched,
  openingsMax: 1,
  takesEarlierOpenings: false,
  hearsEarlierOpenings: false,
  acceptsOf: (round: Accepting) => [acceptOf(round)],
  savesBeforeReply: true,
  restarted: (saved: AcceptorState) => saved,
  nextIncarnation: (incarnation: number) => incarnation + 1,
  fencing: null,
});

function onShippedRequest(state: AcceptorState, request: Asked): Verdict {
  if (request.type === 'fence') throw new Error('nobody sends a fence in the shipped version');
  return onRequest(state, request);
}

/** Whether nothing is saved of a register: by its fields, for what is read back from a disk is no object of before. */
export function isUntouched({ promised, accepted, decided }: RegisterState): boolean {
  return isSameBallot(promised, NO_BALLOT) && accepted === null && !decided;
}
