import type { MemberId } from '../../src/protocol/ballot.ts';
import type { PeerRecord } from '../../src/protocol/membership.ts';
import type { RegisterState } from '../../src/protocol/register.ts';

/** What is on a member's disk: all that a crash leaves. */
export interface Disk {
  readonly cluster: string;
  readonly member: MemberId;
  readonly members: readonly MemberId[];
  readonly storeId: string;
  /** Whether it holds all that the member has ever saved; a wiped disk and an old copy do not. */
  readonly isGenuine: boolean;
  incarnation: number;
  commits: number;
  enrolled: boolean;
  readonly registers: Map<string, RegisterState>;
  readonly peers: Map<MemberId, PeerRecord>;
}

/** Whose disk it is. */
export type Owner = Pick<Disk, 'cluster' | 'member' | 'members'>;

export function emptyDisk({ cluster, member, members }: Owner, storeId: string, isGenuine = true): Disk {
  const registers = new Map<string, RegisterState>();
  return {
    cluster,
    member,
    members,
    storeId,
    isGenuine,
    incarnation: 0,
    commits: 0,
    enrolled: false,
    registers,
    peers: new Map(),
  };
}

export function copyOf(disk: Disk): Disk {
  return {
    ...disk,
    isGenuine: false,
    registers: new Map(disk.registers),
    peers: new Map(disk.peers),
  };
}
