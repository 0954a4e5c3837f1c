import { StoreCorruptError } from '../../contract/errors.ts';
import type { Block } from '../journal/block.ts';
import type { BlockCache } from '../journal/block-cache.ts';
import type { Journal } from '../journal/journal.ts';
import { lastKnownTo, type SavedIndex } from './index-open.ts';
import type { Keydir } from './keydir.ts';

/** How far the journal has been gone through, in commits. */
export interface ReplayProgress {
  readonly commit: number;
  readonly lastCommit: number;
}

/** Adds a block of the journal to the segments that were saved before it. */
export function replayBlock(keydir: Keydir, cache: BlockCache, block: Block, saved: SavedIndex | undefined): void {
  for (const [index, name] of block.names.entries()) {
    const completeUpTo = saved?.segments.get(keydir.segmentOf(name))?.last.commit ?? 0;
    if (completeUpTo < block.commit) keydir.set(name, block.commit, block.isNew(index), cache);
  }
}

/** @throws StoreCorruptError where the index knows of commits that the journal does not have, or not as they were. */
export async function checkLastKnown(
  journal: Journal,
  index: SavedIndex | undefined,
  lastCommit: number,
  file: string,
): Promise<void> {
  const { commit, checksum } = lastKnownTo(index);
  if (commit === 0) return;
  if (commit <= lastCommit && (await journal.read([commit]))[0]?.checksum === checksum) return;
  throw new StoreCorruptError(
    `${file} is not what it was: its index knows of commit ${commit}, which is missing there, or another. So the member would have forgotten votes, and does not start; the registers are safe with a majority of the others. Check the disk. Do not put an older copy of the store in its place, nor a new one under the same id.`,
  );
}
