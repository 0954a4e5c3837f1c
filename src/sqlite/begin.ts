import { nextIncarnation } from '../protocol/ballot.ts';
import { BlockCache } from './block-cache.ts';
import type { Checked } from './check.ts';
import { Database } from './database.ts';
import { filesOf, indexFileOf, makePrivate } from './files.ts';
import { beginFreshLog } from './fresh-log.ts';
import { IdentityTable } from './identity.ts';
import { openIndex } from './index-open.ts';
import { Journal } from './journal.ts';
import type { Opened } from './opened.ts';
import { Overlays } from './overlays.ts';
import { PeerTable } from './peers.ts';
import { prepareToRead, prepareToWrite } from './pragmas.ts';
import { type ReplayProgress, replay } from './replay.ts';
import type { StoreLock } from './store-lock.ts';

export interface BeginOptions {
  readonly cacheBytesMax: number;
  readonly onReplay: (progress: ReplayProgress) => void;
}

/** Makes a store of files that were checked: takes SQLite's lock too, brings the index up to it, begins an incarnation. */
export async function begin(file: string, lock: StoreLock, checked: Checked, options: BeginOptions): Promise<Opened> {
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
    return await beginOn(database, file, lock, checked, options);
  } catch (error) {
    // That it also did not close says nothing new.
    await database.close().catch(() => undefined);
    throw error;
  }
}

async function beginOn(
  database: Database,
  file: string,
  lock: StoreLock,
  { stored, peers, lastCommit, index }: Checked,
  { cacheBytesMax, onReplay }: BeginOptions,
): Promise<Opened> {
  const { runs, hash } = await openIndex(indexFileOf(file), stored.storeId, index);
  try {
    const journal = await Journal.prepare(database, file);
    const identityTable = await IdentityTable.prepare(database);
    const peerTable = await PeerTable.prepare(database);
    const cache = new BlockCache(cacheBytesMax);
    const overlays = new Overlays(hash, cache);
    await beginFreshLog(database, file);
    const parts = { journal, overlays, runs, cache };
    await replay({ ...parts, lastCommit, peers, table: peerTable, onProgress: onReplay });
    const [last] = lastCommit === 0 ? [] : await journal.read([lastCommit]);
    const identity = { ...stored, incarnation: nextIncarnation(stored.incarnation), commits: lastCommit };
    await identityTable.write(identity);
    return {
      ...parts,
      file,
      lock,
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
