import { describe, expect, test, vi } from 'vitest';
import { StoreCorruptError, StoreFailedError } from '../../src/contract/errors.ts';
import { Finality } from '../../src/store/finality.ts';
import type { StoreParts } from '../../src/store/sqlite-store.ts';
import { accepted, change, DISK_TIMEOUT_MS, edit, freshStore, openWithParts, peek, withStore } from './world.ts';

vi.setConfig({ testTimeout: DISK_TIMEOUT_MS });

const N2 = { storeId: 'store-of-n2', incarnation: 1, session: 'session', enrolled: true, commits: 1 };

/** What a call is rejected with. */
async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return await call.then(
    () => 'no failure',
    (error: unknown) => error,
  );
}

/** From now on SQLite takes no writes to the store, as on a disk that fails; or it takes them again. */
async function setFailing({ database }: StoreParts, isFailing: boolean): Promise<void> {
  await database.exec(`PRAGMA query_only = ${isFailing ? 'ON' : 'OFF'}`);
}

describe('after a commit that failed', () => {
  async function failedStore() {
    const dataDir = await freshStore();
    const { store, parts } = await openWithParts(dataDir);
    await store.savePeer('n2', N2);
    await store.save([change('a', accepted('1'))]);
    store.markDecided(['a']);
    expect(store.recall('a')).toBeDefined();
    store.notePeerCommits('n2', 2);
    await setFailing(parts, true);
    const overlapping = [
      store.save([change('b', accepted('2'))]),
      store.save([change('c', accepted('3'))]),
      store.save([]),
      store.load(['b']),
      store.load(['a', 'c']),
      store.enrol(),
      store.savePeer('n3', N2),
      store.flushPeers(),
    ].map(failureOf);
    const failures = await Promise.all(overlapping);
    await setFailing(parts, false);
    return { dataDir, store, parts, failures };
  }

  test('what overlapped with it fails with it, and what comes later too, though the disk is well again', async () => {
    const { store, failures } = await failedStore();
    const [failure] = failures;
    expect(failure).toMatchObject({ code: 'STELE_STORE_FAILED' });
    for (const one of failures) expect(one).toBe(failure);
    for (const later of [
      store.save([change('d', accepted('4'))]),
      store.save([]),
      store.load(['a']),
      store.load(['never.saved']),
      store.enrol(),
      store.savePeer('n3', N2),
      store.flushPeers(),
    ]) {
      expect(await failureOf(later)).toBe(failure);
    }
    expect([store.commits, store.registers, store.enrolled]).toEqual([1, 1, false]);
    expect(store.recall('a')).toBeUndefined();
  });

  test('nothing more is taken into memory, where it would have to find room', async () => {
    const { store, parts } = await failedStore();
    await failureOf(store.save([change('d', accepted('4'))]));
    expect([1, 2, 3, 4].map((commit) => parts.cache.get(commit)?.commit)).toEqual([1, 2, 3, undefined]);
  });

  test('it closes, writes nothing as it does, and lets the store go', async () => {
    const { dataDir, store } = await failedStore();
    await store.close();
    expect(await peek(dataDir, 'SELECT commits, enrolled FROM identity')).toEqual([{ commits: 0, enrolled: 0 }]);
    expect(await peek(dataDir, 'SELECT member, commits FROM peers')).toEqual([{ member: 'n2', commits: 1 }]);
    await withStore(dataDir, async (again) => {
      expect([again.commits, again.registers, again.enrolled]).toEqual([1, 1, false]);
      expect((await again.load(['a', 'b', 'c'])).size).toBe(1);
    });
  });
});

test('a close that overlaps with the commit that fails closes all the same', async () => {
  const { store, parts } = await openWithParts(await freshStore());
  await setFailing(parts, true);
  const saving = failureOf(store.save([change('a', accepted('1'))]));
  await store.close();
  expect(await saving).toMatchObject({ code: 'STELE_STORE_FAILED' });
});

test('a close does not fail for what the next start can do as well', async () => {
  const dataDir = await freshStore();
  const { store, parts } = await openWithParts(dataDir);
  await store.save([change('a', accepted('1'))]);
  await store.flushPeers();
  await setFailing(parts, true);
  await store.close();
  await withStore(dataDir, async ({ registers }) => expect(registers).toBe(1));
});

test('an enrolment that the disk does not take is none', async () => {
  const { store, parts } = await openWithParts(await freshStore());
  await setFailing(parts, true);
  const enrolling = failureOf(store.enrol());
  expect(store.enrolled).toBe(false);
  expect(await enrolling).toMatchObject({ code: 'STELE_STORE_FAILED' });
  expect(store.enrolled).toBe(false);
});

test('after a read that failed, nothing is written', async () => {
  const dataDir = await freshStore();
  const { store, parts } = await openWithParts(dataDir, { cacheBytesMax: 1 });
  await store.save([change('a', accepted('1'))]);
  await parts.database.exec("UPDATE journal SET block = x'00' WHERE id = 1");
  const failure = await failureOf(store.load(['a']));
  expect(failure).toMatchObject({ code: 'STELE_STORE_CORRUPT' });
  expect(await failureOf(store.save([change('b', accepted('2'))]))).toBe(failure);
  await store.close();
  expect(await peek(dataDir, 'SELECT count(*) AS n FROM journal')).toEqual([{ n: 1 }]);
});

test('after an index that could not be saved, nothing is written; the store closes all that can be closed, and lets itself go', async () => {
  const dataDir = await freshStore();
  const { store, parts } = await openWithParts(dataDir);
  await store.save([change('a', accepted('1'))]);
  await parts.indexFile.close();
  let failure: unknown = 'no failure';
  for (let save = 0; failure === 'no failure'; save += 1) {
    failure = await failureOf(
      store.save(Array.from({ length: 500 }, (_, at) => change(`r.${save}.${at}`, accepted('2')))),
    );
  }
  expect(failure).toMatchObject({ code: 'STELE_STORE_FAILED' });
  expect(String(failure)).toMatch(/index of the store/);
  const { commits } = store;
  await failureOf(store.close());
  await edit(dataDir, 'SELECT 1');
  await withStore(dataDir, async (again) => expect(again.commits).toBe(commits));
});

test('the lock goes last, once nothing of the store is open', async () => {
  const { store, parts } = await openWithParts(await freshStore());
  const release = parts.lock.release.bind(parts.lock);
  let isOpen: boolean | undefined;
  parts.lock.release = async () => {
    isOpen = await parts.database.all('SELECT 1').then(
      () => true,
      () => false,
    );
    await release();
  };
  await store.close();
  expect(isOpen).toBe(false);
});

describe('the first failure', () => {
  const explain = (error: unknown) => new StoreFailedError(String(error));
  const first = new StoreCorruptError('first');

  test('stays, whatever fails later', async () => {
    const finality = new Finality('file');
    finality.fail(first);
    finality.fail(new StoreFailedError('second'));
    expect(finality.failure).toBe(first);
  });

  test('is what work ends with that was under way, and that fails as well', async () => {
    const finality = new Finality('file');
    const failing = finality.guard(async () => {
      finality.fail(first);
      throw new Error('second');
    }, explain);
    expect(await failureOf(failing)).toBe(first);
    expect(finality.failure).toBe(first);
  });

  test('keeps later work from beginning', async () => {
    const finality = new Finality('file');
    finality.fail(first);
    let begun = false;
    const later = finality.guard(async () => {
      begun = true;
    }, explain);
    expect(await failureOf(later)).toBe(first);
    expect(begun).toBe(false);
  });
});
