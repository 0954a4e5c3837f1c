import { type FileHandle, open } from 'node:fs/promises';
import { StoreCorruptError } from '../../contract/errors.ts';
import { type Frame, HEADER_BYTES, type LogHeader, readFrame, readHeader } from './log-frames.ts';
import { framesOf, viewOf } from './log-reading.ts';
import { isAllInFile } from './torn-header.ts';

/**
 * Looks whether the write-ahead log still holds every commit that it proves to have held. SQLite takes a frame that fails
 * its checksum for the end of the log, as it must after a power cut, and says nothing of the commits behind it: one
 * flipped bit would set the store back to an older state, whose every row is whole.
 *
 * What a power cut may leave half written is the last transaction alone: with `synchronous=FULL` the next one is written
 * only once it is on the disk. All frames with the salts of the header are of one process, since each begins with an empty log
 * (`beginFreshLog`): none has written behind frames of another that were not synced. So a frame that was written right after
 * a commit tells that all up to there was on the disk; where a frame before it is bad, bytes have changed since. (Damage to
 * the very last commit looks like a power cut in it: that one the peers tell, by the count of commits that they remember.)
 * @param log the path of the log; it may be absent, and another process may be writing it.
 * @param file what it is the log of.
 * @throws StoreCorruptError where that is so.
 */
export async function verifyLog(log: string, file: string): Promise<void> {
  const handle = await openIfThere(log);
  if (handle === undefined) return;
  try {
    const damage = await damageIn(handle, file);
    // What another process was just writing is whole when it is looked at again: then it is not damage.
    if (damage === undefined || damage !== (await damageIn(handle, file))) return;
    throw new StoreCorruptError(
      `${log} is damaged: ${damage}. Without it the member would have forgotten votes, so it does not start; the registers are safe with a majority of the others. Check the disk. Do not remove the log, nor put an older copy of the store in its place or a new one under the same id.`,
    );
  } finally {
    await handle.close();
  }
}

async function damageIn(handle: FileHandle, file: string): Promise<string | undefined> {
  const start = await viewOf(handle, 0, HEADER_BYTES);
  // The header is on the disk before the first frame is written, so nothing was lost with less than one.
  if (start.byteLength < HEADER_BYTES) return undefined;
  const header = readHeader(start);
  if (header !== undefined) return await damagedFrame(handle, header);
  if ((await handle.stat()).size === HEADER_BYTES || (await isAllInFile(handle, start, file))) return undefined;
  return 'it does not begin as it was written';
}

async function damagedFrame(handle: FileHandle, header: LogHeader): Promise<string | undefined> {
  let bad: number | undefined;
  let previous: Pick<Frame, 'isCommit' | 'sum'> = { isCommit: false, sum: header.sum };
  let index = 0;
  for await (const view of framesOf(handle, header.frameBytes)) {
    const frame = readFrame(header, view, previous.sum);
    if (bad !== undefined && previous.isCommit && frame.follows) {
      return `its frame ${bad} is not as it was written, and a commit at it or behind it was on the disk`;
    }
    if (bad === undefined && !frame.follows) bad = index;
    previous = frame;
    index += 1;
  }
  return undefined;
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
