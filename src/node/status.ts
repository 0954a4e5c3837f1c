import type { MemberStatus } from '../contract/status.ts';
import type { Store } from '../ports.ts';

/** The part of a status that the store does not know. */
type Condition = Pick<MemberStatus, 'state' | 'takesWrites' | 'pending' | 'clash' | 'peers'>;

/** Describes a member, from its store and its condition. */
export function statusOf({ identity, registers, commits }: Store, condition: Condition): MemberStatus {
  const { cluster, member, members, incarnation, storeId } = identity;
  return { cluster, member, members: [...members], incarnation, storeId, registers, commits, ...condition };
}
