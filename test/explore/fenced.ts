import { onRequest } from '../../src/protocol/acceptor.ts';
import { compareBallots, higherBallot } from '../../src/protocol/ballot.ts';
import { majority } from '../../src/protocol/quorum.ts';
import { type Accepted, UNTOUCHED } from '../../src/protocol/register.ts';
import { heldByMajority, wonByAnyMajority } from './any-majority.ts';
import type { AcceptorState, Answer, Asked, Fence, FenceRules, FenceVote, OpeningNotes } from './fence.ts';
import { isOpening } from './fence.ts';
import { type Rules, SHIPPED } from './rules.ts';

/*
 * Another way to make round 0 safe, for comparison: ordinary majorities, and in return a fence at the start of a home, a log
 * of openings at every acceptor, and batches of openings that are numbered and committed in order. stele does without.
 */

const NO_NOTES: OpeningNotes = { fence: 0, lines: [], held: null };

export const FENCE_RULES: FenceRules = Object.freeze({
  first: (isHome: boolean) => ({ ...NO_NOTES, held: isHome ? 0 : null }),
  begin: { stage: 'due' } as const,
  note: (state: AcceptorState, _reported: Accepted, ballot: Accepted['ballot']) => ({
    ...state,
    promised: higherBallot(state.promised, ballot),
  }),
  commitsInOrder: true,
  hasOthers: true,
});

export const FENCED: Rules = Object.freeze({
  ...SHIPPED,
  onRequest: onFencedRequest,
  outcomesOf: wonByAnyMajority,
  findingOf: (...[inquiry, members]: Parameters<Rules['findingOf']>) => {
    const held = heldByMajority(inquiry, members);
    return held === undefined ? SHIPPED.findingOf(inquiry, members) : { type: 'decided' as const, decision: held };
  },
  fencing: FENCE_RULES,
});

type Verdict = ReturnType<Rules['onRequest']>;

export function onFencedRequest(state: AcceptorState, request: Asked): Verdict {
  const notes = state.notes ?? NO_NOTES;
  if (request.type === 'fence') return onFence(state, notes, request);
  if (!isOpening(request)) {
    const verdict = onRequest(state, request);
    return verdict.state === state ? verdict : { ...verdict, state: { ...verdict.state, notes } };
  }
  const { name, ballot, proposal } = request;
  if (ballot.incarnation < notes.fence) {
    return { state, reply: { type: 'rejected', name, ballot, promised: { ...ballot, incarnation: notes.fence } } };
  }
  const verdict = onRequest(state, request);
  const batch = 'batch' in request ? request.batch : 0;
  const isTaken = verdict.reply?.type === 'accepted' && verdict.state !== state;
  const log = isTaken && notes.held === null ? [...notes.lines, { batch, ballot, proposal }] : notes.lines;
  const held = notes.held === null ? null : Math.max(notes.held, batch);
  if (!isTaken && held === notes.held) return verdict;
  return { ...verdict, state: { ...verdict.state, notes: { ...notes, lines: log, held } } };
}

/** Saves the fence, then tells what it took above the batch that the home's store is known to hold. */
function onFence(state: AcceptorState, notes: OpeningNotes, { name, ballot, held }: Fence): Verdict {
  if (ballot.incarnation < notes.fence) return { state, reply: null };
  const lines = notes.lines.filter((line) => line.batch > held && line.ballot.incarnation < ballot.incarnation);
  const fenced: Answer = { type: 'fenced', name, ballot, lines };
  if (ballot.incarnation === notes.fence) return { state, reply: fenced };
  return { state: { ...state, notes: { ...notes, fence: ballot.incarnation } }, reply: fenced };
}

export const NO_FENCE_VOTE: FenceVote = { answered: [], reported: null };

/** Counts one member's answer to a fence. */
export function onFenced(vote: FenceVote, from: string, lines: readonly Accepted[]): FenceVote {
  if (vote.answered.includes(from)) return vote;
  const all = vote.reported === null ? lines : [...lines, vote.reported];
  const [reported = null] = [...all].sort((a, b) => compareBallots(b.ballot, a.ballot));
  return { answered: [...vote.answered, from], reported };
}

/** A fence is through with a majority, the home's own acceptor in it. */
export function isFenceThrough({ answered }: FenceVote, home: string, members: number): boolean {
  return answered.length >= majority(members) && answered.includes(home);
}

/** The state of an acceptor that has heard of nothing, in a version with a fence or without. */
export function firstState({ fencing }: Rules, isHome: boolean): AcceptorState {
  return fencing === null ? UNTOUCHED : { ...UNTOUCHED, notes: fencing.first(isHome) };
}
