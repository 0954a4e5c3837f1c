import { realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { BadInputError, NoStoreError, type SteleError } from '../contract/errors.ts';
import type { Store } from '../ports.ts';
import { nextIncarnation } from '../protocol/ballot.ts';
import { type Checked, checkStore } from './check.ts';
import { openFailure } from './failures.ts';
import { filesOf, indexFileOf, logOf, makePrivate, requireWritable, storeFileOf, syncToDisk } from './files.ts';
import { completeUpTo, openIndex } from './index/index-open.ts';
import { Keydir } from './index/keydir.ts';
import { NameHash } from './index/name-hash.ts';
import { type ReplayProgress, replayBlock } from './index/replay.ts';
import { BlockCache } from './journal/block-cache.ts';
import { Journal } from './journal/journal.ts';
import { StoreLock } from './lock/store-lock.ts';
import { beginFreshLog } from './log/fresh-log.ts';
import { verifyLog } from './log/verify-log.ts';
import { isErrno } from './sqlite/codes.ts';
import { Database } from './sqlite/database.ts';
import { requireDrivers } from './sqlite/driver.ts';
import { IdentityTable } from './sqlite/identity.ts';
import { applyNotes, PeerTable } from './sqlite/peers.ts';
import { prepareToRead, prepareToWrite } from './sqlite/pragmas.ts';
import { SqliteStore, type StoreParts } from './sqlite-store.ts';

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
    return new SqliteStore(await begin(file, lock, checked, cacheBytesMax, onReplay));
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

/** Makes a store of files that were checked: takes SQLite's lock too, completes the index, begins an incarnation. */
export async function begin(
  file: string,
  lock: StoreLock,
  checked: Checked,
  cacheBytesMax: number,
  onReplay: (progress: ReplayProgress) => void,
): Promise<StoreParts> {
  lock.leaveToSqlite();
  const database = await Database.open(file, 'existing');
  try {
    await prepareToRead(database);
    // The lock stays for as long as the connection.
    await database.exec('BEGIN EXCLUSIVE; COMMIT');
    // The last thing that can refuse the start: from here on files are written.
    await lock.claim();
    await makePrivate(filesOf(file));
    await prepareToWrite(database);
    const parts = await beginOn(database, file, checked, new BlockCache(cacheBytesMax), onReplay);
    return { file, lock, database, ...parts };
  } catch (error) {
    // The first error is the one to report.
    await database.close().catch(() => undefined);
    throw error;
  }
}

async function beginOn(
  database: Database,
  file: string,
  { stored, peers, lastCommit, index }: Checked,
  cache: BlockCache,
  onReplay: (progress: ReplayProgress) => void,
): Promise<Omit<StoreParts, 'file' | 'lock' | 'database'>> {
  const indexFile = await openIndex(indexFileOf(file), stored.storeId, index);
  try {
    const journal = await Journal.prepare(database, file);
    const identityTable = await IdentityTable.prepare(database);
    const peerTable = await PeerTable.prepare(database);
    await beginFreshLog(database, file);
    const keydir = new Keydir(new NameHash(indexFile.state.seed), index?.segments);
    const replayed = { registers: 0, commits: 0 };
    for await (const block of journal.after(completeUpTo(index), lastCommit)) {
      applyNotes(peers, block);
      cache.set(block);
      replayBlock(keydir, cache, block, index);
      replayed.registers += block.names.length;
      replayed.commits += 1;
      onReplay({ commit: block.commit, lastCommit });
    }
    const [last] = lastCommit === 0 ? [] : await journal.read([lastCommit]);
    const identity = { ...stored, incarnation: nextIncarnation(stored.incarnation), commits: lastCommit };
    await identityTable.write(identity);
    return {
      journal,
      identityTable,
      peerTable,
      identity,
      peers: new Map([...peers].map(([member, { record }]) => [member, record])),
      last: { commit: lastCommit, checksum: last?.checksum ?? 0, registers: last?.registers ?? 0 },
      keydir,
      indexFile,
      replayed,
      cache,
    };
  } catch (error) {
    await indexFile.close().catch(() => undefined);
    throw error;
  }
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
