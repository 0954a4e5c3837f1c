import type { MemberId } from './ballot.ts';
import { majority } from './quorum.ts';

/** Which process speaks, and over which store. It comes with every message between members. */
export interface Credentials {
  readonly cluster: string;
  readonly member: MemberId;
  /** Random, made once with the store: a member that shows up with another one has lost its disk. */
  readonly storeId: string;
  /** Which start of that store. */
  readonly incarnation: number;
  /** Random, made at each start: tells two processes on copies of one store apart. */
  readonly session: string;
  /** How many commits the store has finished: it never goes back, unless the store does. In a hello, as it was opened. */
  readonly commits: number;
}

/** A member's description of itself, sent when it starts and at every heartbeat. */
export interface Hello {
  readonly credentials: Credentials;
  readonly members: readonly MemberId[];
  /** Whether its store may vote: see `enrolmentQuorum`. */
  readonly enrolled: boolean;
  /** The stores by which it remembers its peers: they tell apart two clusters with equal names and members. */
  readonly remembers: readonly KnownStore[];
}

/** The store by which somebody knows a member. Of all that ever show up for a member at most one is enrolled. */
export interface KnownStore {
  readonly member: MemberId;
  readonly storeId: string;
  readonly enrolled: boolean;
}

/** A store's memory of one peer. */
export interface PeerRecord {
  readonly storeId: string;
  readonly incarnation: number;
  readonly session: string;
  readonly commits: number;
  /** Whether it was enrolled when last heard of. */
  readonly enrolled: boolean;
}

/** Why a process belongs to another cluster. */
export type Foreign = 'other-cluster' | 'other-members' | 'other-stores';

/** Why a member is not listened to. */
export type Refusal = Foreign | 'not-a-member' | 'lost-disk' | 'old-copy' | 'second-process';

export type Admission =
  | { readonly admitted: true; readonly record: PeerRecord }
  | { readonly admitted: false; readonly refusal: Refusal };

export interface Membership {
  readonly cluster: string;
  readonly members: readonly MemberId[];
}

/** The facts by which a member tells its own cluster from another one. */
export interface KnownCluster extends Membership {
  readonly own: KnownStore;
  /** The stores by which it remembers its peers. */
  readonly peers: readonly KnownStore[];
}

/**
 * Why the sender of a hello belongs to another cluster; undefined where nothing says so. A cluster is its name, its list of
 * members and their enrolled stores: two that share a name and a list differ in their stores.
 */
export function foreignTo(known: KnownCluster, hello: Hello): Foreign | undefined {
  const { credentials, enrolled, remembers } = hello;
  const { cluster, member, storeId } = credentials;
  if (cluster !== known.cluster) return 'other-cluster';
  if (!sameMembers(known.members, hello.members)) return 'other-members';
  const told = [{ member, storeId, enrolled }, ...remembers];
  const isElsewhere = (one: KnownStore, counts: (other: KnownStore) => boolean) =>
    told.some((other) => other.member === one.member && other.storeId !== one.storeId && counts(other));
  const isMet = known.peers.some((peer) => peer.member === member && peer.storeId === storeId);
  // Somebody enrolled who knows this member by another store, enrolled or not, is no peer that was met under its first one.
  const isUnknown = !(known.own.enrolled && isMet) && isElsewhere(known.own, (other) => enrolled || other.enrolled);
  const isAnother = [known.own, ...known.peers].some(
    (one) => one.enrolled && isElsewhere(one, (other) => other.enrolled),
  );
  return isUnknown || isAnother ? 'other-stores' : undefined;
}

/**
 * Whether a member acts on a refusal. What a stranger says must not end a member: a refusal counts when it comes from the
 * store by which this member remembers the peer. Before they have met, it counts for a newcomer, which has no vote to lose;
 * or when it says that the refuser knows this very store: no store of another cluster does.
 * @param isEnrolled whether this member's own store is.
 * @param record what this member remembers of the refuser's id.
 */
export function believesRefusal(
  isEnrolled: boolean,
  record: PeerRecord | undefined,
  refuser: Credentials,
  refusal: Refusal,
): boolean {
  // An enrolled store has its place: a peer that took a stranger for a member does not take that from it.
  if (isEnrolled && refusal === 'other-stores') return false;
  if (record !== undefined) return record.storeId === refuser.storeId;
  return !isEnrolled || refusal === 'old-copy' || refusal === 'second-process';
}

/**
 * Whether to listen to a member. Paxos Made Simple §2.1 lets agents fail and restart on the condition that they remember:
 * the vote of one whose memory is gone, or older than it was, must not count.
 * @param record what this member's store remembers of that member; undefined when it never met it.
 */
export function admit(own: Membership, record: PeerRecord | undefined, hello: Hello): Admission {
  const { cluster, member, storeId, incarnation, session, commits } = hello.credentials;
  const { enrolled } = hello;
  const told = { storeId, incarnation, session, commits, enrolled };
  const refused = (refusal: Refusal): Admission => ({ admitted: false, refusal });
  if (cluster !== own.cluster) return refused('other-cluster');
  if (!own.members.includes(member)) return refused('not-a-member');
  if (!sameMembers(own.members, hello.members)) return refused('other-members');
  if (record === undefined) return { admitted: true, record: told };
  if (storeId !== record.storeId) {
    // Of the stores that show up for a member only one can be enrolled: it stays, and one that was not gives way to it.
    return enrolled && !record.enrolled ? { admitted: true, record: told } : refused('lost-disk');
  }
  if (incarnation < record.incarnation) return refused('old-copy');
  if (session === record.session) {
    // The same process, so the same store: an older count is an old message, or what the store was opened with.
    return {
      admitted: true,
      record: { ...record, commits: Math.max(commits, record.commits), enrolled: enrolled || record.enrolled },
    };
  }
  if (commits < record.commits || (record.enrolled && !enrolled)) return refused('old-copy');
  if (incarnation === record.incarnation) return refused('second-process');
  return { admitted: true, record: told };
}

/**
 * Whether a member's acceptor may answer others: once enough of them remember its store, and a majority listens to it. An
 * old copy that saved before it is let in would come nearer, start by start, to what it is a copy of.
 */
export function mayVote(isEnrolled: boolean, isAdmitted: boolean): boolean {
  return isEnrolled && isAdmitted;
}

/**
 * Tells how many of the other members must remember a new store before it votes. Any two sets of this size share enough members that
 * one of them still remembers, when a minority, the store's owner among them, has lost its disks: so a store that is made
 * anew for a member that has voted is refused, whoever of the others is up.
 */
export function enrolmentQuorum(members: number): number {
  const lostMax = members - majority(members);
  // Of m-1 others, two sets of n share 2n-(m-1) or more; lostMax-1 of them may have lost their disks too.
  return Math.ceil((members - 1 + lostMax) / 2);
}

/** Whether a member may carry out requests: not beside another cluster that serves on its prefix. */
export function mayServe(hasClash: boolean): boolean {
  return !hasClash;
}

/**
 * Whether a member that joins must leave because its prefix is taken.
 * @param isTaken whether another cluster that serves on the prefix has answered it.
 * @param isOurs whether members of its own cluster serve there too: then it can do no more harm, and refuses requests as they do.
 */
export function mustLeave(isTaken: boolean, isOurs: boolean): boolean {
  return isTaken && !isOurs;
}

/** Whether a process that was last heard so long ago counts as gone. */
export function hasFallenSilent(silentMs: number, silentMaxMs: number): boolean {
  return silentMs >= silentMaxMs;
}

function sameMembers(a: readonly MemberId[], b: readonly MemberId[]): boolean {
  return a.length === b.length && a.every((member) => b.includes(member));
}
