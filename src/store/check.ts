import type { MemberId } from '../protocol/ballot.ts';
import { exists, indexFileOf, logOf, rollbackOf } from './files.ts';
import { completeUpTo, readIndex, type SavedIndex } from './index/index-open.ts';
import { checkLastKnown } from './index/replay.ts';
import { Journal, readJournalEnd } from './journal/journal.ts';
import type { StoreLock } from './lock/store-lock.ts';
import { holdsCommit } from './log/log-commit.ts';
import { Database } from './sqlite/database.ts';
import { type IdentityRow, readIdentity } from './sqlite/identity.ts';
import { type PeerRow, readPeers } from './sqlite/peers.ts';
import { prepareToRead } from './sqlite/pragmas.ts';
import { checkSchema } from './sqlite/schema.ts';

/** Journals up to this are read from their beginning to their end before anything is answered: 64 MiB, a few tenths of a second. */
const VERIFY_BYTES_MAX = 67_108_864;

/** What the files say before anything is written to them. */
export interface Checked {
  readonly stored: IdentityRow;
  readonly peers: Map<MemberId, PeerRow>;
  readonly lastCommit: number;
  /** Undefined where it has to be rebuilt. */
  readonly index: SavedIndex | undefined;
}

/**
 * Looks at all that can refuse a start, and writes nothing. Whatever is not as it was written is found here.
 * @throws StoreCorruptError, StoreVersionError
 */
export async function checkStore(file: string, lock: StoreLock): Promise<Checked> {
  if ((await exists(rollbackOf(file))) && !(await holdsCommit(logOf(file)))) await rollBack(file, lock);
  const database = await Database.openToRead(file);
  try {
    await prepareToRead(database);
    return await check(database, file);
  } finally {
    // It only read: that it did not close says nothing of the store.
    await database.close().catch(() => undefined);
  }
}

async function check(database: Database, file: string): Promise<Checked> {
  await checkSchema(database, file);
  const stored = await readIdentity(database, file);
  const peers = await readPeers(database, file);
  const lastCommit = await readJournalEnd(database, file, stored.commits);
  const journal = await Journal.prepare(database, file);
  const index = await readIndex(indexFileOf(file), stored.storeId);
  await checkLastKnown(journal, index, lastCommit, file);
  const isShort = (await bytesOf(database)) <= VERIFY_BYTES_MAX;
  await readThrough(journal, isShort ? 0 : completeUpTo(index), lastCommit);
  return { stored, peers, lastCommit, index };
}

/**
 * Looks at every commit once, before anything is answered. In a longer journal each is looked at when it is read: the index
 * tells that it must be there.
 * @throws StoreCorruptError unless all are there, as they were written.
 */
async function readThrough(journal: Journal, after: number, lastCommit: number): Promise<void> {
  for await (const _ of journal.after(after, lastCommit));
}

async function bytesOf(database: Database): Promise<number> {
  const [pages] = await database.all('PRAGMA page_count');
  const [size] = await database.all('PRAGMA page_size');
  return Number(pages?.page_count) * Number(size?.page_size);
}

/** Has SQLite undo a change that was cut short: the first start of all, as it turned the write-ahead log on. */
async function rollBack(file: string, lock: StoreLock): Promise<void> {
  lock.leaveToSqlite();
  const database = await Database.open(file, 'existing');
  try {
    await database.all('PRAGMA user_version');
  } finally {
    await database.close();
  }
}
