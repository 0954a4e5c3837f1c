import { cp, readFile, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import { codeOf } from './code-of.ts';
import { accepted, change, DISK_TIMEOUT_MS, fileOf, freshDirectory, freshStore, withStore } from './world.ts';

const COMMITS = 20;
/** More than a page: each commit has several frames. */
const VALUE_BYTES = 5_000;
const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const FRAME_BYTES = FRAME_HEADER_BYTES + 4_096;

/** A store as kill -9 leaves it: its commits are in the log, and the log's bytes are then changed. */
async function killedStore(damage: (log: Buffer) => Buffer): Promise<string> {
  const source = await freshStore();
  const killed = await freshDirectory();
  await withStore(source, async (store) => {
    for (let at = 0; at < COMMITS; at += 1)
      await store.save([change(`r.${at}`, accepted(Buffer.alloc(VALUE_BYTES, at)))]);
    await cp(source, killed, { recursive: true });
  });
  const log = `${fileOf(killed)}-wal`;
  await writeFile(log, damage(await readFile(log)));
  return killed;
}

function frames(log: Buffer): number {
  return (log.length - HEADER_BYTES) / FRAME_BYTES;
}

function flip(log: Buffer, at: number): Buffer {
  log.writeUInt8(log.readUInt8(at) ^ 1, at);
  return log;
}

async function registersIn(dataDir: string): Promise<number> {
  return await withStore(dataDir, async (store) => store.registers);
}

describe('a log whose bytes changed', { timeout: DISK_TIMEOUT_MS }, () => {
  test.each([
    ['in its magic number', 0],
    ['in its salts', 17],
    ['in its header checksum', 30],
    ['in the first frame header', HEADER_BYTES + 2],
    ['in the salts of a frame', HEADER_BYTES + 5 * FRAME_BYTES + 9],
    ['in the checksum of a frame', HEADER_BYTES + 6 * FRAME_BYTES + 17],
    ['in a page', HEADER_BYTES + 7 * FRAME_BYTES + 3_000],
  ])('%s does not open as an older store', async (_, at) => {
    const dataDir = await killedStore((log) => flip(log, at));
    expect(await codeOf(openStore({ dataDir }))).toBe('STELE_STORE_CORRUPT');
  });

  test('is left as it is, and fails again', async () => {
    const dataDir = await killedStore((log) => flip(log, HEADER_BYTES + 7 * FRAME_BYTES + 3_000));
    const before = await readFile(`${fileOf(dataDir)}-wal`);
    expect(await codeOf(openStore({ dataDir }))).toBe('STELE_STORE_CORRUPT');
    expect((await readFile(`${fileOf(dataDir)}-wal`)).equals(before)).toBe(true);
    await expect(openStore({ dataDir })).rejects.toThrow(/-wal is damaged/);
  });
});

describe('what a power cut may leave of a log opens:', { timeout: DISK_TIMEOUT_MS }, () => {
  test('all of it', async () => {
    const dataDir = await killedStore((log) => {
      expect(Number.isInteger(frames(log))).toBe(true);
      expect(frames(log)).toBeGreaterThan(2 * COMMITS - 1);
      return log;
    });
    expect(await registersIn(dataDir)).toBe(COMMITS);
  });

  test('half of its last frame: the last transaction never was', async () => {
    const dataDir = await killedStore((log) => log.subarray(0, log.length - 2_000));
    expect(await registersIn(dataDir)).toBe(COMMITS - 1);
  });

  test('the last transaction with a frame missing in it', async () => {
    const dataDir = await killedStore((log) => {
      const first = log.length - 2 * FRAME_BYTES;
      return Buffer.from(log).fill(0, first, first + FRAME_BYTES);
    });
    expect(await registersIn(dataDir)).toBe(COMMITS - 1);
  });

  test('less than a header', async () => {
    const dataDir = await killedStore((log) => log.subarray(0, HEADER_BYTES - 1));
    expect(await registersIn(dataDir)).toBe(0);
  });

  test('frames of an earlier round of the log, behind those of this one', async () => {
    const dataDir = await killedStore((log) => {
      // As after a restart of the log: the first frames are of this round, with its salts; the rest has the old ones.
      const old = Buffer.from(log.subarray(HEADER_BYTES));
      for (let frame = 0; frame < frames(log); frame += 1) old.writeUInt32BE(7, frame * FRAME_BYTES + 8);
      return Buffer.concat([log, old]);
    });
    expect(await registersIn(dataDir)).toBe(COMMITS);
  });

  test('after which it is written on, and opens again', async () => {
    const dataDir = await killedStore((log) => log.subarray(0, log.length - 2_000));
    await withStore(dataDir, (store) => store.save([change('later', accepted('later'))]));
    expect(await registersIn(dataDir)).toBe(COMMITS);
  });
});
