import { describe, expect, test, vi } from 'vitest';
import { BATCH_REGISTERS, batchOf } from './children/batch.ts';
import { DISK_TIMEOUT_MS, freshStore, outputOf, peek, plain, startChild, withStore } from './world.ts';

vi.setConfig({ testTimeout: DISK_TIMEOUT_MS });

/** How many batches the child says that it has saved before it is killed. */
const BATCHES_BEFORE_KILL = [1, 40];

describe('kill -9 in the middle of saves', () => {
  test.each(BATCHES_BEFORE_KILL)('loses nothing that was reported as saved, after %i batches', async (batches) => {
    const dataDir = await freshStore();
    const { child, ended } = startChild('save-until-killed', dataDir);
    let output = '';
    child.stdout.on('data', (part: string) => {
      output += part;
      if (output.split('\n').length > batches) child.kill('SIGKILL');
    });
    await ended;
    const reported = output.split('\n').slice(0, -1).map(Number);
    expect(reported.length).toBeGreaterThanOrEqual(batches);
    await expectWholeBatches(dataDir, reported.length);
  });
});

describe('a save that the disk does not take', () => {
  // A limit on the size of files that the process may write: past it, every write fails as on a full disk.
  const limit = { shellBefore: 'ulimit -f 1024' };

  test('is rejected, is the last thing that the store does, and takes nothing from before', async () => {
    const dataDir = await freshStore();
    const report = JSON.parse(await outputOf(startChild('save-until-full', dataDir, limit)));
    expect(report.saved).toBeGreaterThan(0);
    expect(report).toMatchObject({
      failure: 'STELE_STORE_FAILED',
      overlapping: 'STELE_STORE_FAILED',
      commits: report.saved,
      registers: report.saved * BATCH_REGISTERS,
      later: {
        save: 'STELE_STORE_FAILED',
        saveOfNothing: 'STELE_STORE_FAILED',
        load: 'STELE_STORE_FAILED',
        loadOfCached: 'STELE_STORE_FAILED',
        savePeer: 'STELE_STORE_FAILED',
      },
      close: 'no error',
    });
    await expectWholeBatches(dataDir, report.saved);
    await withStore(dataDir, async (store) => expect([...store.peers.keys()]).toEqual(['n2']));
  });
});

/** Every batch that was reported is there; the one after them is there as a whole or not at all; there is no more. */
async function expectWholeBatches(dataDir: string, reported: number): Promise<void> {
  await withStore(dataDir, async (store) => {
    for (let number = 0; number < reported; number += 1) {
      const batch = batchOf(number);
      const expected = plain(batch.map(({ name, after }) => [name, after] as const));
      expect(plain(await store.load(batch.map(({ name }) => name)))).toEqual(expected);
    }
    const next = await store.load(batchOf(reported).map(({ name }) => name));
    expect([0, BATCH_REGISTERS]).toContain(next.size);
    expect(store.commits).toBe(reported + next.size / BATCH_REGISTERS);
    expect(store.registers).toBe(store.commits * BATCH_REGISTERS);
  });
  const [row] = await peek(dataDir, 'SELECT count(*) AS n FROM journal');
  expect(row?.n).toBe(await withStore(dataDir, async (store) => store.commits));
}
