import type { Edit } from '../support/edited-source.ts';
import { cutAfterEveryWord, cutNextStart, type Explore, tearHeaders } from './explore.ts';

/** A mistake planted on purpose: a tool that does not notice it tests nothing. */
export interface Control {
  readonly name: string;
  readonly edits: readonly Edit[];
  readonly explore: Explore;
}

/** Makes everything that happens after a while happen at once: the log begins again after a few pages, and entries fold. */
export const HURRIED: readonly Edit[] = [
  { file: 'sqlite/pragmas.ts', from: "'wal_autocheckpoint', '1000', 1_000", to: "'wal_autocheckpoint', '12', 12" },
  { file: 'sqlite/pragmas.ts', from: "'wal_autocheckpoint', '256', 256", to: "'wal_autocheckpoint', '6', 6" },
  { file: 'sqlite/overlays.ts', from: 'OVERLAY_COMMITS = 16_384', to: 'OVERLAY_COMMITS = 2' },
  { file: 'sqlite/folding.ts', from: 'NOTES_MS = 200', to: 'NOTES_MS = 0' },
  { file: 'sqlite/folding.ts', from: 'REST_MIN_MS = 5', to: 'REST_MIN_MS = 0' },
  { file: 'sqlite/folding.ts', from: 'REST_MAX_MS = 100', to: 'REST_MAX_MS = 1' },
];

export const CONTROLS: readonly Control[] = [
  {
    name: 'a commit that is not synced',
    edits: [
      {
        file: 'sqlite/pragmas.ts',
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
        file: 'sqlite/commits.ts',
        from: 'await this.#opened.journal.append(blocks);',
        to: 'setImmediate(() => void this.#opened.journal.append(blocks));',
      },
    ],
    explore: cutAfterEveryWord,
  },
  {
    name: 'a start that does not save its incarnation',
    edits: [{ file: 'sqlite/begin.ts', from: 'await identityTable.write(identity);', to: '' }],
    explore: cutAfterEveryWord,
  },
  {
    name: 'a new store whose name is not synced',
    edits: [{ file: 'sqlite/publish.ts', from: "await syncToDisk(dirname(file), 'directory');", to: '' }],
    explore: cutAfterEveryWord,
  },
  {
    name: 'a new store whose bytes are not synced',
    edits: [{ file: 'sqlite/init.ts', from: "await syncToDisk(draft, 'file');", to: '' }],
    explore: cutAfterEveryWord,
  },
  {
    name: "a new store's directories whose names are not synced",
    edits: [{ file: 'sqlite/files.ts', from: "await syncToDisk(dirname(directory), 'directory');", to: '' }],
    explore: cutAfterEveryWord,
  },
  {
    name: 'a start that writes behind what a killed process had not synced',
    edits: [
      { file: 'sqlite/begin.ts', from: 'await beginFreshLog(database, file);', to: '' },
      // The connection that only looks would sync the log as it closes, though it cannot write to the file.
      {
        file: 'sqlite/check.ts',
        from: 'await prepareToRead(database);',
        to: "await database.exec('PRAGMA synchronous = OFF');",
      },
    ],
    explore: cutNextStart,
  },
  {
    name: 'a start that does not wait for its log to be empty',
    edits: [{ file: 'sqlite/fresh-log.ts', from: "await syncToDisk(logOf(file), 'file');", to: ';' }],
    explore: tearHeaders,
  },
  {
    name: 'a torn header that is taken for damage',
    edits: [{ file: 'sqlite/verify-log.ts', from: ' || (await isAllInFile(handle, start, file))', to: '' }],
    explore: tearHeaders,
  },
];
