import type { MemberId } from '../protocol/ballot.ts';
import type { PeerRecord } from '../protocol/membership.ts';
import type { BlockCache } from './block-cache.ts';
import type { Database } from './database.ts';
import type { IdentityRow, IdentityTable } from './identity.ts';
import type { Journal } from './journal.ts';
import type { NameHash } from './name-hash.ts';
import type { Overlays } from './overlays.ts';
import type { PeerTable } from './peers.ts';
import type { Runs } from './runs.ts';
import type { StoreLock } from './store-lock.ts';

/** What a store is made of once its files are open, locked and checked, and its incarnation is raised. */
export interface Opened {
  readonly file: string;
  /** Released once all of it is closed. */
  readonly lock: StoreLock;
  readonly database: Database;
  readonly journal: Journal;
  readonly identityTable: IdentityTable;
  readonly peerTable: PeerTable;
  readonly identity: IdentityRow;
  readonly peers: ReadonlyMap<MemberId, PeerRecord>;
  /** The last commit, and how many registers have a state with it. */
  readonly last: { readonly commit: number; readonly registers: number };
  readonly hash: NameHash;
  readonly overlays: Overlays;
  readonly runs: Runs;
  readonly cache: BlockCache;
}
