import type { Edit } from '../support/edited-source.ts';
import { cutAfterEveryWord, cutEverywhere, cutNextStart, type Explore, tearHeaders } from './explore.ts';

/** A mistake planted on purpose: a tool that does not notice it tests nothing. */
export interface Control {
  readonly name: string;
  readonly edits: readonly Edit[];
  readonly explore: Explore;
}

/** Makes everything that happens after a while happen at once: the log begins again after a few pages, and the index is saved at every commit. */
export const HURRIED: readonly Edit[] = [
  {
    file: 'store/sqlite/pragmas.ts',
    from: "'wal_autocheckpoint', '1000', 1_000",
    to: "'wal_autocheckpoint', '12', 12",
  },
  { file: 'store/sqlite/pragmas.ts', from: "'wal_autocheckpoint', '256', 256", to: "'wal_autocheckpoint', '6', 6" },
  { file: 'store/index/snapshots.ts', from: 'REPLAY_REGISTERS = 131_072', to: 'REPLAY_REGISTERS = 8' },
  { file: 'store/index/keydir.ts', from: 'SEGMENT_BITS = 8', to: 'SEGMENT_BITS = 2' },
];

export const CONTROLS: readonly Control[] = [
  {
    name: 'a commit that is not synced',
    edits: [
      {
        file: 'store/sqlite/pragmas.ts',
        from: "pragma('synchronous', 'FULL', 2)",
        to: "pragma('synchronous', 'NORMAL', 1)",
      },
    ],
    explore: cutAfterEveryWord,
  },
  {
    name: 'an answer before the save',
    edits: [
      {
        file: 'store/commits.ts',
        from: 'await this.#journal.append(blocks);',
        to: 'setImmediate(() => void this.#journal.append(blocks));',
      },
    ],
    explore: cutAfterEveryWord,
  },
  {
    name: 'a part of the index that is saved before the commits that it names',
    edits: [
      { file: 'store/index/snapshots.ts', from: 'await this.#journal.settled(Math.min(...this.#lasts));', to: '' },
    ],
    explore: cutEverywhere,
  },
  {
    name: 'a part of the index that covers what only blocks know of peers',
    edits: [
      {
        file: 'store/commits.ts',
        from: 'await (replayedFrom > this.#peersFlushed ? this.flushPeers() : this.idle());',
        to: 'await this.idle();',
      },
    ],
    explore: cutEverywhere,
  },
  {
    name: 'a start that does not save its incarnation',
    edits: [{ file: 'store/open.ts', from: 'await identityTable.write(identity);', to: '' }],
    explore: cutAfterEveryWord,
  },
  {
    name: 'a new store whose name is not synced',
    edits: [{ file: 'store/publish.ts', from: "await syncToDisk(dirname(file), 'directory');", to: '' }],
    explore: cutAfterEveryWord,
  },
  {
    name: 'a new store whose bytes are not synced',
    edits: [{ file: 'store/init.ts', from: "await syncToDisk(draft, 'file');", to: '' }],
    explore: cutAfterEveryWord,
  },
  {
    name: "a new store's directories whose names are not synced",
    edits: [{ file: 'store/files.ts', from: "await syncToDisk(dirname(directory), 'directory');", to: '' }],
    explore: cutAfterEveryWord,
  },
  {
    name: 'a start that writes behind what a killed process had not synced',
    edits: [
      { file: 'store/open.ts', from: 'await beginFreshLog(database, file);', to: '' },
      // The connection that only looks would sync the log as it closes, though it cannot write to the file.
      {
        file: 'store/check.ts',
        from: 'await prepareToRead(database);',
        to: "await database.exec('PRAGMA synchronous = OFF');",
      },
    ],
    explore: cutNextStart,
  },
  {
    name: 'a start that does not wait for its log to be empty',
    edits: [{ file: 'store/log/fresh-log.ts', from: "await syncToDisk(logOf(file), 'file');", to: ';' }],
    explore: tearHeaders,
  },
  {
    name: 'a torn header that is taken for damage',
    edits: [{ file: 'store/log/verify-log.ts', from: ' || (await isAllInFile(handle, start, file))', to: '' }],
    explore: tearHeaders,
  },
];
