import { StoreFailedError } from '../../contract/errors.ts';
import type { Database } from './database.ts';

export interface Pragma {
  readonly name: string;
  readonly set: string;
  /** What SQLite answers when asked for it afterwards. */
  readonly reads: string | number;
}

function pragma(name: string, set: string, reads: string | number): Pragma {
  return { name, set, reads };
}

const SAFE = [
  pragma('busy_timeout', '0', 0),
  pragma('locking_mode', 'EXCLUSIVE', 'exclusive'),
  // What the file says is not trusted to call functions, nor a page to be laid out as it should be.
  pragma('trusted_schema', 'OFF', 0),
  pragma('cell_size_check', 'ON', 1),
  // On macOS a plain fsync stops at the drive's own cache. It changes nothing elsewhere.
  pragma('fullfsync', 'ON', 1),
];

/** These take effect before the file is first read: the lock among them is taken, and kept, by the first read. */
const BEFORE_THE_FIRST_READ = [
  ...SAFE,
  // A commit is on the disk when it returns; with WAL that takes FULL (https://sqlite.org/pragma.html#pragma_synchronous).
  pragma('synchronous', 'FULL', 2),
  // 4 MiB: the journal only ever grows at its end, and what is read again soon is in memory as a block.
  pragma('cache_size', '-4096', -4_096),
];

/** These write to the file, so they wait until it is known to be a store. */
const ONCE_IT_IS_OURS = [
  pragma('journal_mode', 'WAL', 'wal'),
  // Pages of 4 KiB, each of which is written once: a longer log would spare no copies, and hold up a commit for longer.
  pragma('wal_autocheckpoint', '1000', 1_000),
];

/** For the index, which can be made anew: what a power cut takes of its last commits, the journal still has. */
export const INDEX_PRAGMAS: readonly Pragma[] = [
  ...SAFE,
  pragma('cache_size', '-4096', -4_096),
  pragma('journal_mode', 'WAL', 'wal'),
  // It may lose the last commits, never the order in which they were made.
  pragma('synchronous', 'NORMAL', 1),
  // 2 MiB: what is synced at once while commits wait for the same disk.
  pragma('wal_autocheckpoint', '256', 256),
];

/** @throws StoreFailedError when SQLite does not take one of the settings that the store's promises rest on. */
export async function prepareToRead(database: Database): Promise<void> {
  await prepare(database, BEFORE_THE_FIRST_READ);
}

/** To be called outside a transaction, on a file that was checked. @throws StoreFailedError as `prepareToRead`. */
export async function prepareToWrite(database: Database): Promise<void> {
  await prepare(database, ONCE_IT_IS_OURS);
  // Again, all of them: a change of the journal may take others along.
  for (const one of [...BEFORE_THE_FIRST_READ, ...ONCE_IT_IS_OURS]) await verify(database, one);
}

/** @throws StoreFailedError when SQLite does not take one of them. */
export async function prepare(database: Database, pragmas: readonly Pragma[]): Promise<void> {
  for (const one of pragmas) {
    await database.exec(`PRAGMA ${one.name} = ${one.set}`);
    await verify(database, one);
  }
}

async function verify(database: Database, { name, set, reads }: Pragma): Promise<void> {
  // The column has a name of its own (`timeout` for busy_timeout), so take the only one there is.
  const [value] = Object.values((await database.all(`PRAGMA ${name}`))[0] ?? {});
  if (value === reads) return;
  throw new StoreFailedError(
    `SQLite does not take the setting ${name} = ${set} here (it says ${JSON.stringify(value)}). Without it a write that was answered could be lost, so the member does not start. Put its directory on a local file system.`,
  );
}
