import type { Hello, Membership } from '../../src/protocol/membership.ts';
import { Memo } from './memo.ts';
import type { Rules } from './rules.ts';

const CLUSTER: Membership = { cluster: 'c', members: ['a'] };
/** What every member remembers of every other: they have all met, each on its first disk. */
const FIRST_DISK = { storeId: 'disk 0', incarnation: 1, session: 'session 0', commits: 0, enrolled: true };

/** Whether an acceptor is listened to while it runs on its first disk, 0, or on a later one. */
export function admittedDisks(rules: Rules): Memo<boolean> {
  return new Memo((disk) => {
    const credentials = {
      ...FIRST_DISK,
      cluster: 'c',
      member: 'a',
      storeId: `disk ${disk}`,
      session: `session ${disk}`,
    };
    const hello: Hello = { credentials, members: CLUSTER.members, enrolled: false, remembers: [] };
    return rules.admit(CLUSTER, FIRST_DISK, hello).admitted;
  });
}
