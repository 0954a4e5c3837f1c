import { type Ballot, parseBallot } from '../../src/protocol/ballot.ts';
import type { Accept, Decide, Prepare, Query, Reply } from '../../src/protocol/messages.ts';
import type { Round } from '../../src/protocol/proposer.ts';
import { onReply } from '../../src/protocol/proposer.ts';
import type { Accepted, Proposal, RegisterState } from '../../src/protocol/register.ts';

/** The one register that these tests speak of. */
export const NAME = 'orders.17';

/** `ballot('3/n1/7')`. */
export function ballot(text: string): Ballot {
  const parsed = parseBallot(text);
  if (parsed === undefined) throw new Error(`"${text}" is not a ballot`);
  return parsed;
}

/** `ballotOf(3, 'n1')` is the third round of n1 in its first life. */
export function ballotOf(round: number, node = 'n1', incarnation = 1): Ballot {
  return { round, node, incarnation };
}

/** A proposal whose value is the bytes of its operation id, unless told otherwise. */
export function proposal(opId: string, value: string = opId): Proposal {
  return { opId, value: new TextEncoder().encode(value) };
}

export function accepted(at: string, opId: string): Accepted {
  return { ballot: ballot(at), proposal: proposal(opId) };
}

export function prepare(at: string): Prepare {
  return { type: 'prepare', name: NAME, ballot: ballot(at) };
}

export function accept(at: string, opId: string): Accept {
  return { type: 'accept', name: NAME, ballot: ballot(at), proposal: proposal(opId) };
}

export function decide(at: string, opId: string): Decide {
  return { type: 'decide', name: NAME, decision: accepted(at, opId) };
}

export const QUERY: Query = { type: 'query', name: NAME };

export function promisedReply(at: string, found: Accepted | null = null): Reply {
  return { type: 'promised', name: NAME, ballot: ballot(at), accepted: found };
}

export function acceptedReply(at: string): Reply {
  return { type: 'accepted', name: NAME, ballot: ballot(at) };
}

export function rejectedReply(at: string, promised: string): Reply {
  return { type: 'rejected', name: NAME, ballot: ballot(at), promised: ballot(promised) };
}

export function decidedReply(at: string, opId: string): Reply {
  return { type: 'decided', name: NAME, decision: accepted(at, opId) };
}

export function heldReply(held: Accepted | null): Reply {
  return { type: 'held', name: NAME, accepted: held };
}

/** What an acceptor holds; nothing but what is given. */
export function state(promised: string, held: Accepted | null = null, decided = false): RegisterState {
  return { promised: ballot(promised), accepted: held, decided };
}

/** Counts these replies in this order. */
export function count(round: Round, replies: readonly (readonly [from: string, reply: Reply])[], members = 3): Round {
  return replies.reduce((next, [from, reply]) => onReply(next, from, reply, members), round);
}
