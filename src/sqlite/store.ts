import { realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { BadInputError, NoStoreError, type SteleError } from '../contract/errors.ts';
import type { Store } from '../ports.ts';
import { begin } from './begin.ts';
import { checkStore } from './check.ts';
import { isErrno } from './codes.ts';
import { requireDrivers } from './driver.ts';
import { openFailure } from './failures.ts';
import { logOf, requireWritable, storeFileOf, syncToDisk } from './files.ts';
import type { ReplayProgress } from './replay.ts';
import { SqliteStore } from './sqlite-store.ts';
import { StoreLock } from './store-lock.ts';
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
 * this resolves. What refuses a start changes nothing in the directory.
 * @throws DriverMissingError when SQLite, or what locks files, cannot be loaded.
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
  requireDrivers();
  const file = await findStore(dataDir);
  let lock: StoreLock | undefined;
  try {
    lock = await StoreLock.take(file);
    // SQLite leaves this to whoever calls it, and does not tell where the file system cannot do it.
    await syncToDisk(dirname(file), 'directory');
    // Before SQLite looks at it: it would fold the whole part of a damaged log into the file, and remove the rest.
    await verifyLog(logOf(file), file);
    const checked = await checkStore(file, lock);
    return new SqliteStore(await begin(file, lock, checked, { cacheBytesMax, onReplay }));
  } catch (error) {
    const failure = await openFailure(error, file);
    // That it also could not be let go says nothing new.
    await lock?.release().catch(() => undefined);
    throw failure;
  }
}

/**
 * Looks whether a store could be opened, without touching it.
 * @throws DriverMissingError, NoStoreError, StoreFailedError as `openStore`.
 */
export async function requireStore(dataDir: string): Promise<void> {
  requireDrivers();
  await findStore(dataDir);
}

/** The file of the store, whatever links lead to it: SQLite keeps its log beside the file itself. */
async function findStore(dataDir: string): Promise<string> {
  const file = storeFileOf(resolve(dataDir));
  try {
    const real = await realpath(file);
    await requireWritable(real);
    return real;
  } catch (error) {
    throw await notFound(error, dataDir, file);
  }
}

async function notFound(error: unknown, dataDir: string, file: string): Promise<SteleError> {
  if (!isErrno(error) || !['ENOENT', 'ENOTDIR'].includes(error.code)) return await openFailure(error, file);
  const place = error.code === 'ENOENT' ? dataDir : `${dataDir}, which leads through a file and not a directory`;
  return new NoStoreError(
    `There is no store in ${place}, and none was made: a lost disk must not come back as an empty one, since a member that forgot its votes can undo a decided value. For a new member run "stele init" first. Where the disk was lost, do not run it under the same id: bring the old disk back, or leave this member down while a majority of the others serves.`,
    error,
  );
}
