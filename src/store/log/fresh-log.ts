import { StoreFailedError } from '../../contract/errors.ts';
import { exists, logOf, syncToDisk } from '../files.ts';
import type { Database } from '../sqlite/database.ts';

/**
 * Begins with an empty log: what a killed process had written to it, and not synced, SQLite has believed, and a power cut could
 * still take frames out of the middle of it, behind which this process would have written its own. So all of it is put into
 * the file, in order (the log is synced first, then the file, then the log is emptied), before the first commit.
 * To be called by who has the lock, once the store has been checked, and before anything is written to it.
 * @throws StoreFailedError when SQLite does not do it.
 */
export async function beginFreshLog(database: Database, file: string): Promise<void> {
  const [row] = await database.all('PRAGMA wal_checkpoint(TRUNCATE)');
  if (row?.busy !== 0 || row.log !== 0) {
    throw new StoreFailedError(
      `SQLite does not put the log of ${file} into it (it says ${JSON.stringify(row)}). Nothing is lost: the log is as it was. Start the member again.`,
    );
  }
  // Else half of the next header could be on the disk before the log is empty, in front of frames that nobody can tell.
  if (await exists(logOf(file))) await syncToDisk(logOf(file), 'file');
}
