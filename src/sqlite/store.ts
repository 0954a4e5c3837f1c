import { BadInputError, NoStoreError } from '../errors.ts';
import type { Store } from '../ports.ts';
import { Database } from './database.ts';
import { openFailure } from './failures.ts';
import { exists, logOf, storeFileOf } from './files.ts';
import { readIdentity } from './identity.ts';
import { readPeers } from './peers.ts';
import { prepareToRead, prepareToWrite } from './pragmas.ts';
import { checkSchema } from './schema.ts';
import { type Opened, SqliteStore } from './sqlite-store.ts';
import { prepareTables } from './tables.ts';
import { verifyRegisters } from './verify.ts';
import { verifyLog } from './verify-log.ts';

/** Registers kept in memory, in bytes of names, values and what they weigh besides: 64 MiB. */
const CACHE_BYTES_MAX = 67_108_864;

export interface OpenStoreOptions {
  /** The directory that `initStore` was given. */
  readonly dataDir: string;
  /** How much memory committed registers may take, in bytes from 1; 64 MiB unless given. */
  readonly cacheBytesMax?: number;
}

/**
 * Opens a member's store, for this process alone, and begins a new incarnation: raised by one, and on the disk, before
 * this resolves.
 * @throws NoStoreError when there is none.
 * @throws StoreLockedError when a process has it open; at once, without waiting for that process.
 * @throws StoreVersionError when a later version of stele wrote it.
 * @throws StoreCorruptError when it is not as it was written.
 * @throws StoreFailedError for anything else that the disk or SQLite says.
 * @throws BadInputError for a `cacheBytesMax` that is no whole number from 1.
 * @example const store = await openStore({ dataDir: '.stele/n1' });
 */
export async function openStore({ dataDir, cacheBytesMax = CACHE_BYTES_MAX }: OpenStoreOptions): Promise<Store> {
  if (!Number.isSafeInteger(cacheBytesMax) || cacheBytesMax < 1) {
    throw new BadInputError(`cacheBytesMax is ${cacheBytesMax}: give a whole number of bytes, 1 or more.`);
  }
  const file = storeFileOf(dataDir);
  try {
    await requireStore(dataDir);
    // Before SQLite looks at it: it would fold the whole part of a damaged log into the file, and remove the rest.
    await verifyLog(logOf(file));
    const database = await Database.open(file, 'existing');
    try {
      return new SqliteStore({ ...(await begin(database, file)), cacheBytesMax });
    } catch (error) {
      // That it also did not close says nothing new.
      await database.close().catch(() => undefined);
      throw error;
    }
  } catch (error) {
    throw await openFailure(error, file);
  }
}

async function begin(database: Database, file: string): Promise<Omit<Opened, 'cacheBytesMax'>> {
  await prepareToRead(database);
  // Takes the lock, which stays for as long as the connection; and nothing is written to a file that is not ours.
  await database.exec('BEGIN EXCLUSIVE');
  await checkSchema(database, file);
  const stored = await readIdentity(database, file);
  const peers = await readPeers(database, file);
  await verifyRegisters(database, file, stored.registers);
  await database.exec('COMMIT');
  await prepareToWrite(database);
  const tables = await prepareTables(database);
  const identity = { ...stored, incarnation: stored.incarnation + 1 };
  await tables.identity.write(identity);
  return { file, database, tables, identity, peers };
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
