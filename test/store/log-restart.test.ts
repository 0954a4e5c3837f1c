import { statSync } from 'node:fs';
import { cp, open, readFile, writeFile } from 'node:fs/promises';
import { describe, expect, test, vi } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import { codeOf } from './code-of.ts';
import {
  accepted,
  change,
  DISK_TIMEOUT_MS,
  edit,
  fileOf,
  freshDirectory,
  freshStore,
  peek,
  withStore,
} from './world.ts';

vi.setConfig({ testTimeout: DISK_TIMEOUT_MS });

const HEADER_BYTES = 32;
const FRAME_BYTES = 24 + 4_096;
const N2 = { storeId: 'other', incarnation: 1, session: 'session', enrolled: true, commits: 1 };

function logOf(dataDir: string): string {
  return `${fileOf(dataDir)}-wal`;
}

/** What a process leaves that is killed after so many commits. */
async function killedStore(commits: number): Promise<string> {
  const source = await freshStore();
  const killed = await freshDirectory();
  await withStore(source, async (store) => {
    for (let at = 0; at < commits; at += 1) await store.save([change(`r.${at}`, accepted(Buffer.alloc(9_000, at)))]);
    await cp(source, killed, { recursive: true });
  });
  return killed;
}

describe('a start after a kill', () => {
  test('puts all of the log into the file, and begins another, before it writes anything', async () => {
    const dataDir = await killedStore(4);
    const before = await readFile(logOf(dataDir));
    const after = await freshDirectory();
    await withStore(dataDir, async (store) => {
      expect(store.commits).toBe(4);
      await cp(dataDir, after, { recursive: true });
    });
    const log = await readFile(logOf(after));
    // The raised incarnation, and nothing else: with salts of its own.
    expect(log.length).toBe(HEADER_BYTES + FRAME_BYTES);
    expect(log.subarray(16, 24).equals(before.subarray(16, 24))).toBe(false);
    await writeFile(logOf(after), '');
    await withStore(after, async (store) => expect([store.commits, store.registers]).toEqual([4, 4]));
  });

  test('has done so before it goes through what was saved, of which some may fold away', async () => {
    const dataDir = await killedStore(4);
    const logBytes: number[] = [];
    const onReplay = () => void logBytes.push(statSync(logOf(dataDir)).size);
    const store = await openStore({ dataDir, onReplay });
    await store.close();
    expect(logBytes).toEqual([0, 0, 0, 0]);
  });

  test("remembers the peers' commits that only blocks know of, although they fold away when it ends", async () => {
    const source = await freshStore();
    const dataDir = await freshDirectory();
    await withStore(source, async (store) => {
      await store.savePeer('n2', N2);
      store.notePeerCommits('n2', 7);
      await store.save([change('a', accepted('v'))]);
      await cp(source, dataDir, { recursive: true });
    });
    await withStore(dataDir, async (store) => expect(store.peers.get('n2')?.commits).toBe(7));
    await withStore(dataDir, async (store) => expect(store.peers.get('n2')?.commits).toBe(7));
    expect(await peek(dataDir, 'SELECT commits FROM peers')).toEqual([{ commits: 7 }]);
  });
});

describe('a header of the log that is not whole', () => {
  /** The log of a store whose file has all of it, as it is when it is about to be used again from its beginning. */
  async function storeWithOldLog(): Promise<string> {
    const dataDir = await killedStore(6);
    const log = await readFile(logOf(dataDir));
    // SQLite puts the log into the file when it closes it.
    await edit(dataDir, 'SELECT count(*) FROM journal');
    // Of a round before that one: other salts, other pages.
    const older = Buffer.from(log.subarray(HEADER_BYTES, HEADER_BYTES + 3 * FRAME_BYTES));
    for (let frame = 0; frame < 3; frame += 1) older.writeUInt32BE(7, frame * FRAME_BYTES + 8);
    await writeFile(logOf(dataDir), Buffer.concat([log, older.fill(9, 24 + 100, 24 + 200)]));
    return dataDir;
  }

  test.each([13, 16, 18, 20, 23, 24, 29, 31])('is no damage where a power cut took it from byte %i on', async (at) => {
    const dataDir = await storeWithOldLog();
    await tear(logOf(dataDir), at);
    expect(await codeOf(openStore({ dataDir }).then((store) => store.close()))).toBe('no error');
  });

  test('is damage where the file lacks a page of the log, be it the last', async () => {
    const dataDir = await killedStore(6);
    await tear(logOf(dataDir), 20);
    expect(await codeOf(openStore({ dataDir }))).toBe('STELE_STORE_CORRUPT');
  });
});

/** The header is written over, and only its first bytes are. */
async function tear(log: string, at: number): Promise<void> {
  const handle = await open(log, 'r+');
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    await handle.read(header, 0, HEADER_BYTES, 0);
    header.writeUInt32BE(header.readUInt32BE(12) + 1, 12);
    header.writeUInt32BE((header.readUInt32BE(16) + 1) >>> 0, 16);
    for (let byte = 20; byte < HEADER_BYTES; byte += 1) header.writeUInt8(header.readUInt8(byte) ^ 0x5a, byte);
    await handle.write(header, 0, at, 0);
  } finally {
    await handle.close();
  }
}
