import type { MemberState } from '../events.ts';
import type { MemberId } from '../protocol/ballot.ts';
import { majority } from '../protocol/quorum.ts';
import type { MemberStatus, PeerStatus } from '../status.ts';

/** One line of `stele status`. Null: nobody can tell, for the member did not answer. */
export interface MemberRow {
  readonly member: MemberId;
  readonly state: MemberState | 'down';
  readonly incarnation: number | null;
  readonly registers: number | null;
  /** How many registers fewer it holds than the fullest member that answered. */
  readonly lag: number | null;
  readonly pending: number | null;
  /** What the members that answered say of one that did not; or which peers this one does not hear. */
  readonly note: string;
}

export interface ClusterReport {
  readonly cluster: string;
  /** Whether a majority of the members serves. */
  readonly quorum: boolean;
  /** How many of them serve. */
  readonly serving: number;
  readonly members: readonly MemberRow[];
}

/** What the answers of one cluster's members, at least one, say together. */
export function reportOf(answers: readonly MemberStatus[]): ClusterReport {
  const members = [...new Set(answers.flatMap((answer) => answer.members))].sort();
  const fullest = Math.max(...answers.map(({ registers }) => registers));
  const serving = new Set(answers.filter(({ state }) => state === 'serving').map(({ member }) => member)).size;
  const rows = members.flatMap((member) => {
    const own = answers.filter((answer) => answer.member === member);
    return own.length === 0 ? [silent(member, answers)] : own.map((answer) => answered(answer, fullest));
  });
  return {
    cluster: answers[0]?.cluster ?? '',
    quorum: serving >= majority(members.length),
    serving,
    members: rows,
  };
}

function answered(status: MemberStatus, fullest: number): MemberRow {
  const { member, state, incarnation, registers, pending, peers } = status;
  const unheard = peers.filter(({ up }) => !up).map((peer) => peer.member);
  const note = unheard.length === 0 ? '' : `does not hear ${unheard.join(', ')}`;
  return { member, state, incarnation, registers, lag: fullest - registers, pending, note };
}

function silent(member: MemberId, answers: readonly MemberStatus[]): MemberRow {
  const [freshest] = answers
    .flatMap(({ member: by, peers }) => peers.filter((peer) => peer.member === member).map((peer) => ({ by, peer })))
    .filter(({ peer }) => peer.silentMs !== null)
    .sort((a, b) => (a.peer.silentMs ?? 0) - (b.peer.silentMs ?? 0));
  const row = { member, state: 'down', registers: null, lag: null, pending: null } as const;
  if (freshest === undefined) {
    return { ...row, incarnation: null, note: 'not heard by any member that answered: not started, or without NATS' };
  }
  return { ...row, incarnation: freshest.peer.incarnation, note: lastHeard(freshest.by, freshest.peer) };
}

function lastHeard(by: MemberId, { up, silentMs }: PeerStatus): string {
  const ago = showDuration(silentMs ?? 0);
  if (up) return `heard by ${by} ${ago} ago, but did not answer: it may just have gone, or be very busy`;
  return `last heard by ${by} ${ago} ago: it is down, or has lost NATS`;
}

function showDuration(durationMs: number): string {
  const seconds = durationMs / 1_000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3_600)} h`;
}
