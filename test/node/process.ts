import type { Credentials } from '../../src/protocol/membership.ts';

/** The process of a member as the others have met it, unless said otherwise: its third start. */
export function processOf(member: string, over: Partial<Credentials> = {}): Credentials {
  const known = { cluster: 'c', member, storeId: `disk-of-${member}`, incarnation: 3, session: `session-of-${member}` };
  return { ...known, commits: 0, ...over };
}
