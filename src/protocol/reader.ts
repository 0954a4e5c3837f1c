import { assertSameDecision } from './acceptor.ts';
import type { MemberId } from './ballot.ts';
import { invariant } from './invariant.ts';
import type { Reply } from './messages.ts';
import { isQuorum, majority } from './quorum.ts';
import { type Accepted, type Decision, sameAccepted } from './register.ts';

interface Answer {
  readonly from: MemberId;
  readonly accepted: Accepted | null;
}

/** A reader's question about one register, and what came back. */
export interface Inquiry {
  readonly name: string;
  readonly answers: readonly Answer[];
  /** Set once any member said that it knows the decision. */
  readonly told: Decision | null;
}

/**
 * What the answers say. `divided`: a majority answered, something was accepted, and nothing shows it chosen. More answers
 * may settle that; if none come, a proposer has to finish it (Paxos Made Simple §2.3).
 */
export type Finding =
  | { readonly type: 'pending' }
  | { readonly type: 'divided' }
  | { readonly type: 'empty' }
  | { readonly type: 'decided'; readonly decision: Decision };

export function startInquiry(name: string): Inquiry {
  return { name, answers: [], told: null };
}

/**
 * Whether "empty" answers somebody who waits for a register: only if the round that found nothing asked its questions after
 * they came. Two majorities share a member, and it must have promised after the wait began.
 * @param joinedAt how many rounds of the register had begun when they came.
 * @param rounds how many have begun by now.
 */
export function mayAnswerEmpty(joinedAt: number, rounds: number): boolean {
  return joinedAt < rounds;
}

/** Whether a reader may join a question about its register: only before that has left, for an answer must not be older. */
export function mayJoin(hasLeft: boolean): boolean {
  return !hasLeft;
}

/** Notes one member's answer; a second one from the same member, or one that answers something else, changes nothing. */
export function onAnswer(inquiry: Inquiry, from: MemberId, reply: Reply): Inquiry {
  invariant(inquiry.name === reply.name, `A reply about ${reply.name} was counted for ${inquiry.name}`);
  if (reply.type === 'decided') {
    if (inquiry.told === null) return { ...inquiry, told: reply.decision };
    assertSameDecision(inquiry.name, inquiry.told, reply.decision);
    return inquiry;
  }
  if (reply.type !== 'held' || inquiry.answers.some((answer) => answer.from === from)) return inquiry;
  return { ...inquiry, answers: [...inquiry.answers, { from, accepted: reply.accepted }] };
}

/**
 * Any two majorities share a member (Paxos Made Simple §2.1). So where a majority has accepted nothing, nothing was chosen
 * before the first of them answered; and what a quorum holds as accepted at one ballot is chosen.
 */
export function findingOf({ answers, told }: Inquiry, members: number): Finding {
  if (told !== null) return { type: 'decided', decision: told };
  const quorum = majority(members);
  if (answers.filter(({ accepted }) => accepted === null).length >= quorum) return { type: 'empty' };
  for (const { accepted } of answers) {
    if (accepted === null) continue;
    const same = answers.filter((other) => other.accepted !== null && sameAccepted(other.accepted, accepted));
    const holders = same.map(({ from }) => from);
    if (isQuorum(accepted.ballot, holders, members)) return { type: 'decided', decision: accepted };
  }
  return { type: answers.length >= quorum ? 'divided' : 'pending' };
}
