import type { MemberStatus } from '../contract/status.ts';
import type { Store } from '../ports.ts';

/** What only the member itself knows of how it is. */
type Condition = Pick<MemberStatus, 'state' | 'takesWrites' | 'pending' | 'clash' | 'peers'>;

/** Describes a member, from its store and its condition. */
export function statusOf({ identity, registers, commits }: Store, condition: Condition): MemberStatus {
  const { cluster, member, members, incarnation, storeId } = identity;
  return { cluster, member, members: [...members], incarnation, storeId, registers, commits, ...condition };
}
