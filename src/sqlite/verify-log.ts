import { type FileHandle, open } from 'node:fs/promises';
import { StoreCorruptError } from '../errors.ts';
import { type Frame, HEADER_BYTES, type LogHeader, readFrame, readHeader } from './log-frames.ts';

/** Frames read at once. */
const STEP_FRAMES = 256;

/**
 * Looks whether the write-ahead log still holds every commit that it proves to have held. SQLite takes a frame that fails
 * its checksum for the end of the log, as it must after a power cut, and says nothing of the commits behind it: one
 * flipped bit would set the store back to an older state, whose every row is whole.
 *
 * What a power cut may leave half written is the last transaction alone: with `synchronous=FULL` the next one is written
 * only once it is on the disk. So a frame that was written right after a commit tells that all up to there was on the
 * disk; where a frame before it is bad, bytes have changed since. (Damage to the very last commit looks like a power cut in
 * it: that one the peers tell, by the count of commits that they remember.)
 * @param log the path of the log; it may be absent, and another process may be writing it.
 * @throws StoreCorruptError where that is so.
 */
export async function verifyLog(log: string): Promise<void> {
  const handle = await openIfThere(log);
  if (handle === undefined) return;
  try {
    const damage = await damageIn(handle);
    // What another process was just writing is whole when it is looked at again: then it is not damage.
    if (damage === undefined || damage !== (await damageIn(handle))) return;
    throw new StoreCorruptError(
      `${log} is damaged: ${damage}. Without it the member would have forgotten votes, so it does not start; the registers are safe with a majority of the others. Check the disk. Do not remove the log, nor put an older copy of the store in its place or a new one under the same id.`,
    );
  } finally {
    await handle.close();
  }
}

async function damageIn(handle: FileHandle): Promise<string | undefined> {
  const start = await viewOf(handle, 0, HEADER_BYTES);
  // The header is on the disk before the first frame is written, so nothing was lost with less than one.
  if (start.byteLength < HEADER_BYTES) return undefined;
  const header = readHeader(start);
  if (header !== undefined) return await damagedFrame(handle, header);
  return (await handle.stat()).size > HEADER_BYTES ? 'it does not begin as it was written' : undefined;
}

async function damagedFrame(handle: FileHandle, header: LogHeader): Promise<string | undefined> {
  let bad: number | undefined;
  let previous: Pick<Frame, 'isCommit' | 'sum'> = { isCommit: false, sum: header.sum };
  let index = 0;
  for await (const view of framesOf(handle, header)) {
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

async function* framesOf(handle: FileHandle, { frameBytes }: LogHeader): AsyncGenerator<DataView> {
  for (let at = HEADER_BYTES; ; at += STEP_FRAMES * frameBytes) {
    const step = await viewOf(handle, at, STEP_FRAMES * frameBytes);
    const frames = Math.floor(step.byteLength / frameBytes);
    for (let frame = 0; frame < frames; frame += 1) {
      yield new DataView(step.buffer, step.byteOffset + frame * frameBytes, frameBytes);
    }
    if (frames < STEP_FRAMES) return;
  }
}

/** So many bytes of the file from there on, or as many as there are. */
async function viewOf(handle: FileHandle, at: number, length: number): Promise<DataView> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, at + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return new DataView(bytes.buffer, 0, filled);
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
