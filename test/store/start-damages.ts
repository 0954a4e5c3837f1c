import { cp, readFile, writeFile } from 'node:fs/promises';
import type { Change } from '../../src/protocol/batch.ts';
import { blockOf } from '../../src/store/journal/block.ts';
import { checksumOf } from '../../src/store/sqlite/checksum.ts';
import { Database, type Parameter } from '../../src/store/sqlite/database.ts';
import type { Edit } from '../support/edited-source.ts';
import { accepted, change, edit, fileOf, freshDirectory, freshStore, indexOf, peek, withStore } from './world.ts';

/** One check of a start, and a store with a damage that this check alone finds. */
export interface StartCheck {
  readonly name: string;
  /** Takes the check out. */
  readonly without: Edit;
  readonly damaged: () => Promise<string>;
  /** What the start does: refuses the store, makes a new index, or opens it with all that was saved. */
  readonly right: 'STELE_STORE_CORRUPT' | 'STELE_STORE_VERSION' | 'new index' | 'whole';
  /** For journals that are too long to be gone through at a start: all are taken to be. */
  readonly isLong?: boolean;
}

const COMMITS = 3;
const REGISTERS = 60;
const LOG_HEADER_BYTES = 32;
const FRAME_BYTES = 24 + 4_096;

/** A closed store of three commits of 60 registers. */
async function closedStore(): Promise<string> {
  const dataDir = await freshStore();
  for (let save = 1; save <= COMMITS; save += 1) {
    await withStore(dataDir, async (store) => {
      await store.savePeer('n2', { storeId: 'other', incarnation: 1, session: 's', enrolled: true, commits: 5 });
      await store.save(changesOf(save));
    });
  }
  return dataDir;
}

function changesOf(save: number): Change[] {
  return Array.from({ length: REGISTERS }, (_, at) => change(`r.${save}.${at}`, accepted(`${save}/${at}`)));
}

/** As kill -9 leaves it, once bytes of its log have been changed: so many commits are in the log, and none in the file. */
function killed(damage: (log: Buffer) => void, commits = 20): () => Promise<string> {
  return async () => {
    const source = await freshStore();
    const dataDir = await freshDirectory();
    await withStore(source, async (store) => {
      for (let at = 0; at < commits; at += 1) await store.save([change(`r.${at}`, accepted('v'))]);
      await cp(source, dataDir, { recursive: true });
    });
    const log = await readFile(`${fileOf(dataDir)}-wal`);
    damage(log);
    await writeFile(`${fileOf(dataDir)}-wal`, log);
    return dataDir;
  };
}

function flip(at: number) {
  return (log: Buffer) => void log.writeUInt8(log.readUInt8(at) ^ 1, at);
}

function edited(sql: string, file: (dataDir: string) => string = fileOf): () => Promise<string> {
  return async () => {
    const dataDir = await closedStore();
    await edit(dataDir, sql, file(dataDir));
    return dataDir;
  };
}

async function put(file: string, sql: string, ...parameters: Parameter[]): Promise<void> {
  const database = await Database.open(file, 'existing');
  try {
    await (await database.prepare(sql)).run(...parameters);
  } finally {
    await database.close();
  }
}

/** A whole block for the second commit, that says of itself that so many registers are held with it. */
async function withOtherCount(): Promise<string> {
  const dataDir = await closedStore();
  const { bytes } = blockOf({ commit: 1, registers: REGISTERS + 1 }, [], changesOf(2));
  await put(fileOf(dataDir), 'UPDATE journal SET block = ? WHERE id = 2', bytes);
  return dataDir;
}

/** The second commit says what the third one does, of registers that were there before: no count tells. */
async function withAnothersBlock(): Promise<string> {
  const dataDir = await freshStore();
  await withStore(dataDir, async (store) => {
    const state = accepted('v');
    await store.save([change('a', state)]);
    for (const round of [2, 3, 4]) await store.save([change('a', accepted('v', 'op', round), state)]);
  });
  await edit(dataDir, 'UPDATE journal SET block = (SELECT block FROM journal WHERE id = 3) WHERE id = 2');
  return dataDir;
}

/** A closed store whose index is whole. */
async function indexedStore(): Promise<string> {
  const dataDir = await freshStore();
  const names = Array.from({ length: 10_000 }, (_, at) => `r.${at}`);
  await withStore(dataDir, (store) => store.save(names.map((name) => change(name, accepted('v')))));
  return dataDir;
}

function ofIndexed(sql: string, file = indexOf): () => Promise<string> {
  return async () => {
    const dataDir = await indexedStore();
    await edit(dataDir, sql, file(dataDir));
    return dataDir;
  };
}

/** An index whose words have another order of bytes, as one that comes from another kind of machine. */
async function withOtherByteOrder(): Promise<string> {
  const dataDir = await indexedStore();
  const [row] = await peek(dataDir, 'SELECT state FROM state', indexOf(dataDir));
  const state = JSON.stringify({ ...JSON.parse(String(row?.state)), byteOrder: 'BE' });
  await put(indexOf(dataDir), 'UPDATE state SET state = ?, checksum = ?', state, checksumOf(['index', state]));
  return dataDir;
}

const without = (file: string, from: string, to: string): Edit => ({ file: `store/${file}`, from, to });

const OF_THE_LOG: readonly StartCheck[] = [
  {
    name: 'a frame of the log that was written behind a commit, where one before it is not whole',
    without: without('log/verify-log.ts', 'if (bad !== undefined && previous', 'if (false && previous'),
    damaged: killed(flip(LOG_HEADER_BYTES + 5 * FRAME_BYTES + 2_000)),
    right: 'STELE_STORE_CORRUPT',
  },
  {
    name: "the header's checksum",
    without: without(
      'log/log-frames.ts',
      'if (!sameSum(stored, sumOf(header, 0, 24, [0, 0], littleEndian)))',
      'if (false)',
    ),
    damaged: killed(flip(17)),
    right: 'STELE_STORE_CORRUPT',
  },
  {
    name: "the header's magic number: zeros have the right checksum",
    without: without('log/log-frames.ts', 'if (!littleEndian && magic !== MAGIC + 1) return undefined;', ''),
    damaged: killed((log) => void log.fill(0, 0, LOG_HEADER_BYTES), 0),
    right: 'STELE_STORE_CORRUPT',
  },
  {
    name: 'pages of the log that are not in the file',
    without: without('log/torn-header.ts', 'if (Buffer.compare(bytesOf(found), bytes) !== 0) return false;', ''),
    damaged: killed(flip(30)),
    right: 'STELE_STORE_CORRUPT',
  },
  {
    name: 'a log that has no commit to compare',
    without: without('log/torn-header.ts', 'return pages.size > 0;', 'return true;'),
    damaged: killed((log) => void log.fill(0, 0, 512)),
    right: 'STELE_STORE_CORRUPT',
  },
];

const OF_THE_FILE: readonly StartCheck[] = [
  {
    name: 'the application id',
    without: without('sqlite/schema.ts', 'if (applicationId !== APPLICATION_ID)', 'if (false)'),
    damaged: edited('PRAGMA application_id = 1'),
    right: 'STELE_STORE_CORRUPT',
  },
  {
    name: 'a later version',
    without: without('sqlite/schema.ts', 'if (version > SCHEMA_VERSION)', 'if (false)'),
    damaged: edited('PRAGMA user_version = 4'),
    right: 'STELE_STORE_VERSION',
  },
  {
    name: 'an earlier version',
    without: without('sqlite/schema.ts', 'if (version > 0 && version < SCHEMA_VERSION)', 'if (false)'),
    damaged: edited('PRAGMA user_version = 2'),
    right: 'STELE_STORE_VERSION',
  },
  {
    name: 'a version that never was',
    without: without('sqlite/schema.ts', 'version !== SCHEMA_VERSION || ', ''),
    damaged: edited('PRAGMA user_version = 0'),
    right: 'STELE_STORE_CORRUPT',
  },
  {
    name: 'a table less',
    without: without('sqlite/schema.ts', 'found.length !== TABLES.length || ', ''),
    damaged: edited('DROP TABLE peers'),
    right: 'STELE_STORE_CORRUPT',
  },
  {
    name: "a table's definition",
    without: without('sqlite/schema.ts', ' || found.some(({ sql }, at) => sql !== TABLES[at])', ''),
    damaged: edited(
      "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'noted INTEGER', 'noted  INTEGER')",
    ),
    right: 'STELE_STORE_CORRUPT',
  },
  {
    name: 'a second identity',
    without: without('sqlite/identity.ts', 'rows.length === 1 && ', ''),
    damaged: edited(
      'PRAGMA ignore_check_constraints = ON; INSERT INTO identity SELECT 2, cluster, member, members, store_id, incarnation, commits, enrolled, checksum FROM identity',
    ),
    right: 'STELE_STORE_CORRUPT',
  },
  {
    name: "the identity's checksum",
    without: without(
      'sqlite/identity.ts',
      'if (identityChecksum([cluster, member, membersText, storeId, incarnation, commits, enrolled]) !== checksum) return;',
      '',
    ),
    damaged: edited('UPDATE identity SET incarnation = incarnation - 1'),
    right: 'STELE_STORE_CORRUPT',
  },
  {
    name: "a peer's checksum",
    without: without(
      'sqlite/peers.ts',
      'if (peerChecksum([member, storeId, incarnation, session, enrolled, commits, noted]) !== checksum) return;',
      '',
    ),
    damaged: edited('UPDATE peers SET commits = 0'),
    right: 'STELE_STORE_CORRUPT',
  },
];

const OF_THE_JOURNAL: readonly StartCheck[] = [
  {
    name: 'the last commit that the identity knows of',
    without: without('journal/journal.ts', 'last >= commitsMin && ', ''),
    damaged: async () => {
      const dataDir = await closedStore();
      await edit(dataDir, 'DELETE FROM journal WHERE id = 3');
      // An index that does not know of it.
      await edit(dataDir, 'DELETE FROM state', indexOf(dataDir));
      return dataDir;
    },
    right: 'STELE_STORE_CORRUPT',
  },
  {
    name: 'the first commit',
    without: without('journal/journal.ts', ' && (first === 1 || last === 0)', ''),
    damaged: ofIndexed('DELETE FROM journal WHERE id = 1', fileOf),
    right: 'STELE_STORE_CORRUPT',
    isLong: true,
  },
  {
    name: 'the journal gone through from its beginning to its end',
    without: without('check.ts', 'await readThrough(journal, isShort ? 0 : completeUpTo(index), lastCommit);', ';'),
    damaged: ofIndexed('DELETE FROM journal WHERE id = 2', fileOf),
    right: 'STELE_STORE_CORRUPT',
  },
  {
    name: 'the count of registers, which follows from the commit before',
    without: without(
      'journal/journal.ts',
      'if (registers !== undefined && block.registers !== registers + block.newRegisters)',
      'if (false)',
    ),
    damaged: withOtherCount,
    right: 'STELE_STORE_CORRUPT',
  },
  {
    name: "a block's checksum",
    without: without('journal/block.ts', ' &&\n    bytes.readUInt32LE(0) === crc32(bytes.subarray(CRC_BYTES))', ''),
    damaged: edited("UPDATE journal SET block = CAST(substr(block, 1, length(block) - 1) || 'x' AS BLOB) WHERE id = 2"),
    right: 'STELE_STORE_CORRUPT',
  },
  {
    name: "a block's length: nothing has the checksum 0",
    without: without('journal/block.ts', 'bytes.length > CRC_BYTES &&', ''),
    damaged: edited("UPDATE journal SET block = x'00000000' WHERE id = 2"),
    right: 'STELE_STORE_CORRUPT',
  },
  {
    name: "a block's own number",
    without: without('journal/block.ts', 'if (block.commit === commit) return block;', 'return block;'),
    damaged: withAnothersBlock,
    right: 'STELE_STORE_CORRUPT',
  },
  {
    name: 'the last commit that the index knows of',
    without: without(
      'index/replay.ts',
      'if (commit <= lastCommit && (await journal.read([commit]))[0]?.checksum === checksum) return;',
      'return;',
    ),
    damaged: async () => {
      const dataDir = await freshStore();
      await withStore(dataDir, (store) => store.save([change('a', accepted('1'))]));
      const old = await readFile(fileOf(dataDir));
      await withStore(dataDir, (store) => store.save([change('b', accepted('2'))]));
      await writeFile(fileOf(dataDir), old);
      return dataDir;
    },
    right: 'STELE_STORE_CORRUPT',
  },
  {
    name: 'the checksum of that commit',
    without: without('index/replay.ts', '(await journal.read([commit]))[0]?.checksum === checksum', 'checksum >= 0'),
    damaged: async () => {
      const dataDir = await freshStore();
      await withStore(dataDir, (store) => store.save([change('a', accepted('1'))]));
      const copy = await freshDirectory();
      await cp(dataDir, copy, { recursive: true });
      await withStore(dataDir, (store) => store.save([change('b', accepted('2'))]));
      await withStore(copy, (store) => store.save([change('c', accepted('3'))]));
      await cp(indexOf(copy), indexOf(dataDir));
      return dataDir;
    },
    right: 'STELE_STORE_CORRUPT',
  },
];

const OF_THE_INDEX: readonly StartCheck[] = [
  {
    name: "the index's version",
    without: without('index/index-file.ts', 'if (version?.user_version !== INDEX_VERSION) return undefined;', ''),
    damaged: edited('PRAGMA user_version = 77', indexOf),
    right: 'new index',
  },
  {
    name: 'a second state',
    without: without('index/index-file.ts', 'rows.length !== 1 || ', ''),
    damaged: edited(
      'PRAGMA ignore_check_constraints = ON; INSERT INTO state SELECT 2, state, checksum FROM state',
      indexOf,
    ),
    right: 'new index',
  },
  {
    name: "the state's checksum",
    without: without(
      'index/index-file.ts',
      "if (checksumOf(['index', row.state]) !== row.checksum) return undefined;",
      '',
    ),
    damaged: edited("UPDATE state SET state = json_set(state, '$.seed[0]', 5)", indexOf),
    right: 'new index',
  },
  {
    name: 'the order of the bytes of a word',
    without: without('index/index-file.ts', 'z.literal(endianness())', 'z.any()'),
    damaged: withOtherByteOrder,
    right: 'new index',
  },
  {
    name: 'whose index it is',
    without: without(
      'index/index-open.ts',
      'if (state?.storeId !== storeId) return undefined;',
      'if (state === undefined) return undefined;',
    ),
    damaged: async () => {
      const dataDir = await freshStore();
      // Empty, and of another seed.
      await withStore(dataDir, async () => undefined);
      const other = await freshStore();
      await withStore(other, async () => undefined);
      await cp(indexOf(other), indexOf(dataDir));
      return dataDir;
    },
    right: 'new index',
  },
  {
    name: 'a segment that is missing',
    without: without('index/index-open.ts', ' || index.segments.size < SEGMENTS', ''),
    damaged: ofIndexed('DELETE FROM segments WHERE number = 7'),
    right: 'whole',
  },
  {
    name: "a segment's checksum",
    without: without(
      'index/index-file.ts',
      'if (checksum !== checksumOfSegment(state, number, watermark, entries)) return undefined;',
      '',
    ),
    damaged: ofIndexed('UPDATE segments SET entries = zeroblob(length(entries)) WHERE number = 7'),
    right: 'whole',
  },
];

export const START_CHECKS: readonly StartCheck[] = [...OF_THE_LOG, ...OF_THE_FILE, ...OF_THE_JOURNAL, ...OF_THE_INDEX];
