import type { PeerStatus, ServiceStatus } from '../../contract/status.ts';
import type { MemberState } from '../../events.ts';
import type { MemberId } from '../../protocol/ballot.ts';
import { majority } from '../../protocol/quorum.ts';

/** One line of `stele status`. Null: nobody can tell, for the member did not answer. */
export interface MemberRow {
  readonly member: MemberId;
  readonly state: MemberState | 'down';
  readonly incarnation: number | null;
  readonly registers: number | null;
  /** How many registers fewer it holds than the fullest member that answered. */
  readonly lag: number | null;
  readonly pending: number | null;
  /** What the members that answered say of one that did not; of one that did, whether it takes the writes, and whom it does not hear. */
  readonly note: string;
}

export interface ClusterReport {
  readonly prefix: string;
  readonly cluster: string;
  /** Whether a majority of the members serves. Never where there is a clash: then the answers are not those of one cluster. */
  readonly quorum: boolean;
  /** How many of them serve. */
  readonly serving: number;
  /** What shows that more than one cluster has this name and prefix; null where nothing does. */
  readonly clash: string | null;
  readonly members: readonly MemberRow[];
}

/** What the answers of one cluster's members, at least one, say together. */
export function reportOf(answers: readonly ServiceStatus[]): ClusterReport {
  const members = [...new Set(answers.flatMap((answer) => answer.members))].sort();
  const fullest = Math.max(...answers.map(({ registers }) => registers));
  const serving = new Set(answers.filter(({ state }) => state === 'serving').map(({ member }) => member)).size;
  const clash = clashAmong(answers);
  const rows = members.flatMap((member) => {
    const own = answers.filter((answer) => answer.member === member);
    if (own.length === 0) return [silent(member, answers)];
    return own.map((answer) => answered(answer, fullest, clash !== null));
  });
  return {
    prefix: answers[0]?.prefix ?? '',
    cluster: answers[0]?.cluster ?? '',
    quorum: clash === null && serving >= majority(members.length),
    serving,
    clash,
    members: rows,
  };
}

/** One name may be two clusters: they differ in their members, or in the stores behind one member's name. */
function clashAmong(answers: readonly ServiceStatus[]): string | null {
  const lists = [...new Set(answers.map(({ members }) => [...members].sort().join(', ')))];
  if (lists.length > 1) {
    return `members answered that belong to different clusters of one name: ${lists.map((list) => `of ${list}`).join('; ')}`;
  }
  const stores = new Map<string, string>();
  for (const { member, storeId } of answers) {
    if ((stores.get(member) ?? storeId) !== storeId) return `${member} answered from two different stores`;
    stores.set(member, storeId);
  }
  const heard = answers.find(({ clash }) => clash !== null);
  return heard === undefined ? null : `${heard.member} says: ${heard.clash}`;
}

function answered(status: ServiceStatus, fullest: number, isClash: boolean): MemberRow {
  const { member, members, storeId, state, takesWrites, incarnation, registers, pending, peers } = status;
  const unheard = peers.filter(({ up }) => !up).map((peer) => peer.member);
  const notes = [
    ...(takesWrites ? ['takes the writes'] : []),
    ...(unheard.length === 0 ? [] : [`does not hear ${unheard.join(', ')}`]),
    ...(isClash ? [`store ${storeId}, of ${members.join(', ')}`] : []),
  ];
  return { member, state, incarnation, registers, lag: fullest - registers, pending, note: notes.join('; ') };
}

function silent(member: MemberId, answers: readonly ServiceStatus[]): MemberRow {
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
