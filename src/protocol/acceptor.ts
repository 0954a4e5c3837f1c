import { type Ballot, compareBallots, higherBallot, sameBallot } from './ballot.ts';
import { invariant, unreachable } from './invariant.ts';
import type { Accept, Decide, Prepare, Query, Reply, Request } from './messages.ts';
import { type Decision, type RegisterState, sameProposal } from './register.ts';

/**
 * What an acceptor decides on one request. When `state` is not the object that was passed in, it must be saved before
 * `reply` is sent: Paxos Made Simple §2.5, an acceptor records its intended response in stable storage before sending it.
 */
export interface Verdict {
  readonly state: RegisterState;
  /** Null for a decide, which nobody waits for. */
  readonly reply: Reply | null;
}

/** One acceptor's answer to one request about one register. Pure: the same state and request give the same verdict. */
export function onRequest(state: RegisterState, request: Request): Verdict {
  switch (request.type) {
    case 'prepare':
      return onPrepare(state, request);
    case 'accept':
      return onAccept(state, request);
    case 'query':
      return onQuery(state, request);
    case 'decide':
      return onDecide(state, request);
    default:
      return unreachable(request);
  }
}

/**
 * Paxos Made Simple §2.2, phase 1b: a prepare numbered above all that the acceptor has answered is answered with a
 * promise to accept nothing lower, and with the highest-numbered proposal it has accepted, if any.
 */
export function onPrepare(state: RegisterState, { name, ballot }: Prepare): Verdict {
  if (state.decided) return answerDecided(state, name);
  if (compareBallots(ballot, state.promised) <= 0) return reject(state, name, ballot);
  return {
    state: { ...state, promised: ballot },
    reply: { type: 'promised', name, ballot, accepted: state.accepted },
  };
}

/**
 * Paxos Made Simple §2.2, phase 2b: a proposal is accepted unless the acceptor has answered a prepare of a higher number.
 * To accept is also to promise: what was accepted at a ballot must be seen by every prepare answered above it.
 */
export function onAccept(state: RegisterState, { name, ballot, proposal }: Accept): Verdict {
  if (state.decided) return answerDecided(state, name);
  if (compareBallots(ballot, state.promised) < 0) return reject(state, name, ballot);
  if (state.accepted !== null && sameBallot(state.accepted.ballot, ballot)) {
    // §2.1: a number belongs to one proposal. The same one again is a duplicate; a second one is never accepted.
    return sameProposal(state.accepted.proposal, proposal)
      ? { state, reply: { type: 'accepted', name, ballot } }
      : reject(state, name, ballot);
  }
  invariant(
    state.accepted === null || compareBallots(state.accepted.ballot, ballot) < 0,
    `Register ${name}: accepted at a ballot above the promised one`,
  );
  return {
    state: { promised: ballot, accepted: { ballot, proposal }, decided: false },
    reply: { type: 'accepted', name, ballot },
  };
}

/** Tells what is held; promises nothing and changes nothing, so it needs no save. */
export function onQuery(state: RegisterState, { name }: Query): Verdict {
  if (state.decided) return answerDecided(state, name);
  return { state, reply: { type: 'held', name, accepted: state.accepted } };
}

/**
 * Paxos Made Simple §2.3: a learner is told that a proposal was chosen. From then on the register answers everything
 * with it: a chosen value never changes, so no higher ballot can have anything else to say.
 */
export function onDecide(state: RegisterState, { name, decision }: Decide): Verdict {
  if (state.decided) {
    assertSameDecision(name, heldDecision(state, name), decision);
    return { state, reply: null };
  }
  return {
    state: { promised: higherBallot(state.promised, decision.ballot), accepted: decision, decided: true },
    reply: null,
  };
}

/** Stops on the one thing that the protocol exists to prevent. */
export function assertSameDecision(name: string, one: Decision, other: Decision): void {
  invariant(
    sameProposal(one.proposal, other.proposal),
    `Register ${name}: decided twice, with two different proposals`,
  );
}

function reject(state: RegisterState, name: string, ballot: Ballot): Verdict {
  return { state, reply: { type: 'rejected', name, ballot, promised: state.promised } };
}

function answerDecided(state: RegisterState, name: string): Verdict {
  return { state, reply: { type: 'decided', name, decision: heldDecision(state, name) } };
}

function heldDecision(state: RegisterState, name: string): Decision {
  invariant(state.accepted !== null, `Register ${name}: decided, yet holds no proposal`);
  return state.accepted;
}
