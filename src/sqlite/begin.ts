import type { MemberId } from '../protocol/ballot.ts';
import { BlockCache } from './block-cache.ts';
import type { Database } from './database.ts';
import { indexFileOf } from './files.ts';
import { beginFreshLog } from './fresh-log.ts';
import { type IdentityRow, IdentityTable, readIdentity } from './identity.ts';
import { openIndex } from './index-open.ts';
import { Journal, readJournalEnd } from './journal.ts';
import type { Opened } from './opened.ts';
import { Overlays } from './overlays.ts';
import { type PeerRow, PeerTable, readPeers } from './peers.ts';
import { prepareToRead, prepareToWrite } from './pragmas.ts';
import { checkFolded, type ReplayProgress, replay } from './replay.ts';
import { checkSchema } from './schema.ts';

/** Journals up to this are read from their beginning to their end before anything is answered: 64 MiB, a few tenths of a second. */
const VERIFY_BYTES_MAX = 67_108_864;

export interface BeginOptions {
  readonly cacheBytesMax: number;
  readonly onReplay: (progress: ReplayProgress) => void;
}

/** What the journal's file says before anything is written to it. */
interface Checked {
  readonly stored: IdentityRow;
  readonly peers: Map<MemberId, PeerRow>;
  readonly lastCommit: number;
}

/** Makes a store of a file that is just open: takes its lock, checks it, brings the index up to it, begins an incarnation. */
export async function begin(database: Database, file: string, options: BeginOptions): Promise<Opened> {
  await prepareToRead(database);
  // Takes the lock, which stays for as long as the connection; and nothing is written to a file that is not ours.
  await database.exec('BEGIN EXCLUSIVE');
  const checked = await check(database, file);
  await database.exec('COMMIT');
  await prepareToWrite(database);
  const { runs, hash } = await openIndex(indexFileOf(file), checked.stored.storeId);
  try {
    const journal = await Journal.prepare(database, file);
    const identityTable = await IdentityTable.prepare(database);
    const peerTable = await PeerTable.prepare(database);
    const cache = new BlockCache(options.cacheBytesMax);
    const overlays = new Overlays(hash, cache);
    const { lastCommit, peers } = checked;
    await checkFolded(journal, runs, lastCommit, file);
    await beginFreshLog(database, file);
    const parts = { journal, overlays, runs, cache };
    await replay({ ...parts, lastCommit, peers, table: peerTable, onProgress: options.onReplay });
    const [last] = lastCommit === 0 ? [] : await journal.read([lastCommit]);
    const identity = { ...checked.stored, incarnation: checked.stored.incarnation + 1, commits: lastCommit };
    await identityTable.write(identity);
    return {
      ...parts,
      file,
      database,
      identityTable,
      peerTable,
      identity,
      peers: new Map([...peers].map(([member, { record }]) => [member, record])),
      last: { commit: lastCommit, registers: last?.registers ?? 0 },
      hash,
    };
  } catch (error) {
    // That it also did not close says nothing new.
    await runs.file.close().catch(() => undefined);
    throw error;
  }
}

async function check(database: Database, file: string): Promise<Checked> {
  await checkSchema(database, file);
  const stored = await readIdentity(database, file);
  const peers = await readPeers(database, file);
  const lastCommit = await readJournalEnd(database, file, stored.commits);
  if ((await bytesOf(database)) <= VERIFY_BYTES_MAX) await readThrough(database, file, lastCommit);
  return { stored, peers, lastCommit };
}

/**
 * Looks at every commit once, before anything is answered. In a longer journal each is looked at when it is read: the index
 * tells that it must be there.
 * @throws StoreCorruptError unless all are there, as they were written.
 */
async function readThrough(database: Database, file: string, lastCommit: number): Promise<void> {
  const journal = await Journal.prepare(database, file);
  for await (const _ of journal.after(0, lastCommit));
}

async function bytesOf(database: Database): Promise<number> {
  const [pages] = await database.all('PRAGMA page_count');
  const [size] = await database.all('PRAGMA page_size');
  return Number(pages?.page_count) * Number(size?.page_size);
}
