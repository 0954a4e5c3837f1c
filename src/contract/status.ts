import type { MemberState } from '../events.ts';
import type { MemberId } from '../protocol/ballot.ts';

/** A peer, as a member sees it. */
export interface PeerStatus {
  readonly member: MemberId;
  readonly up: boolean;
  /** Null before it was first heard. */
  readonly incarnation: number | null;
  /** How long ago it was last heard; null before it was. */
  readonly silentMs: number | null;
}

/** A member's description of itself. */
export interface MemberStatus {
  readonly cluster: string;
  readonly member: MemberId;
  readonly members: readonly MemberId[];
  readonly state: MemberState;
  /** Whether it takes the clients' writes: one member at a time does, but while that changes. */
  readonly takesWrites: boolean;
  readonly incarnation: number;
  readonly storeId: string;
  /** Registers that this member holds a state of. */
  readonly registers: number;
  readonly commits: number;
  /** Operations under way or waiting. */
  readonly pending: number;
  /** Why it refuses all requests although it serves: a sentence; null unless another cluster serves on its prefix. */
  readonly clash: string | null;
  readonly peers: readonly PeerStatus[];
}

/** The `data` of the service's statistics (`$SRV.STATS.register`). */
export interface ServiceStatus extends MemberStatus {
  readonly prefix: string;
}
