import { BadInputError, NoStoreError } from '../errors.ts';
import type { Store } from '../ports.ts';
import { begin } from './begin.ts';
import { Database } from './database.ts';
import { openFailure } from './failures.ts';
import { exists, logOf, storeFileOf } from './files.ts';
import type { ReplayProgress } from './replay.ts';
import { SqliteStore } from './sqlite-store.ts';
import { verifyLog } from './verify-log.ts';

/** What was committed last, kept in memory: 16 MiB. */
const CACHE_BYTES_MAX = 16_777_216;

export interface OpenStoreOptions {
  /** The directory that `initStore` was given. */
  readonly dataDir: string;
  /** How much memory commits that were read or written last may take, in bytes from 1; 16 MiB unless given. */
  readonly cacheBytesMax?: number;
  /** Told how far the journal has been gone through. That is long only where the index has to be made anew. */
  readonly onReplay?: (progress: ReplayProgress) => void;
}

/**
 * Opens a member's store, for this process alone, and begins a new incarnation: raised by one, and on the disk, before
 * this resolves.
 * @throws NoStoreError when there is none.
 * @throws StoreLockedError when a process has it open; at once, without waiting for that process.
 * @throws StoreVersionError when another version of stele wrote it, see `checkSchema`.
 * @throws StoreCorruptError when it is not as it was written.
 * @throws StoreFailedError for anything else that the disk or SQLite says.
 * @throws BadInputError for a `cacheBytesMax` that is no whole number from 1.
 * @example const store = await openStore({ dataDir: '.stele/n1' });
 */
export async function openStore(options: OpenStoreOptions): Promise<Store> {
  const { dataDir, cacheBytesMax = CACHE_BYTES_MAX, onReplay = () => undefined } = options;
  if (!Number.isSafeInteger(cacheBytesMax) || cacheBytesMax < 1) {
    throw new BadInputError(`cacheBytesMax is ${cacheBytesMax}: give a whole number of bytes, 1 or more.`);
  }
  const file = storeFileOf(dataDir);
  try {
    await requireStore(dataDir);
    // Before SQLite looks at it: it would fold the whole part of a damaged log into the file, and remove the rest.
    await verifyLog(logOf(file), file);
    const database = await Database.open(file, 'existing');
    try {
      return new SqliteStore(await begin(database, file, { cacheBytesMax, onReplay }));
    } catch (error) {
      // That it also did not close says nothing new.
      await database.close().catch(() => undefined);
      throw error;
    }
  } catch (error) {
    throw await openFailure(error, file);
  }
}

/**
 * Looks whether there is a store, without opening it.
 * @throws NoStoreError when there is none.
 */
export async function requireStore(dataDir: string): Promise<void> {
  if (await exists(storeFileOf(dataDir))) return;
  throw new NoStoreError(
    `There is no store in ${dataDir}, and none was made: a lost disk must not come back as an empty one, since a member that forgot its votes can undo a decided value. For a new member run "stele init" first. Where the disk was lost, do not run it under the same id: bring the old disk back, or leave this member down while a majority of the others serves.`,
  );
}
