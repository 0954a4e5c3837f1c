import { StoreCorruptError } from '../contract/errors.ts';
import type { MemberId } from '../protocol/ballot.ts';
import type { BlockCache } from './block-cache.ts';
import { Folding } from './folding.ts';
import type { Journal } from './journal.ts';
import type { Overlays } from './overlays.ts';
import { applyNotes, type PeerRow, type PeerTable } from './peers.ts';
import type { Runs } from './runs.ts';

/** How far the journal has been gone through, in commits. */
export interface ReplayProgress {
  readonly commit: number;
  readonly lastCommit: number;
}

export interface ReplayInput {
  readonly journal: Journal;
  readonly lastCommit: number;
  readonly overlays: Overlays;
  readonly runs: Runs;
  readonly cache: BlockCache;
  /** As they stand in the table; what later blocks noted of them is added. */
  readonly peers: Map<MemberId, PeerRow>;
  readonly table: PeerTable;
  readonly onProgress: (progress: ReplayProgress) => void;
}

/** Takes in what was saved after the last folding: little, but for an index that is made anew. */
export async function replay(input: ReplayInput): Promise<void> {
  const { journal, lastCommit, overlays, runs, cache, peers, table, onProgress } = input;
  let failure: { readonly error: unknown } | undefined;
  const folding = new Folding({
    overlays,
    runs,
    beforeFold: async (commit) => {
      await table.write(new Map([...peers].map(([member, { record }]) => [member, record])), commit);
    },
    onFailed: (error) => {
      failure = { error };
    },
  });
  for await (const block of journal.after(runs.folded.commit, lastCommit)) {
    applyNotes(peers, block);
    cache.set(block);
    while (!overlays.makeRoomFor(block.count)) {
      await folding.room();
      if (failure !== undefined) throw failure.error;
    }
    overlays.add(block, block.names);
    onProgress({ commit: block.commit, lastCommit });
  }
  await folding.end();
  if (failure !== undefined) throw failure.error;
}

/** @throws StoreCorruptError where the index knows of commits that the journal does not have, or not as they were. */
export async function checkFolded(
  journal: Journal,
  runs: Pick<Runs, 'folded'>,
  lastCommit: number,
  file: string,
): Promise<void> {
  const { commit, checksum } = runs.folded;
  if (commit === 0) return;
  if (commit <= lastCommit && (await journal.read([commit]))[0]?.checksum === checksum) return;
  throw new StoreCorruptError(
    `${file} is not what it was: its index knows of commit ${commit}, which is missing there, or another. So the member would have forgotten votes, and does not start; the registers are safe with a majority of the others. Check the disk. Do not put an older copy of the store in its place, nor a new one under the same id.`,
  );
}
