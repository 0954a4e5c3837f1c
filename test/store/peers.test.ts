import { cp, stat } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { accepted, change, fileOf, freshDirectory, freshStore, withStore } from './world.ts';

const N2 = { storeId: 'store-of-n2', incarnation: 3, session: 'session', enrolled: true, commits: 10 };

test('a peer is remembered after a restart', async () => {
  const dataDir = await freshStore();
  await withStore(dataDir, async (store) => {
    expect(store.peers.size).toBe(0);
    await store.savePeer('n2', { ...N2, incarnation: 2 });
    await store.savePeer('n2', N2);
    await store.savePeer('n3', {
      storeId: 'store-of-n3',
      incarnation: 1,
      session: 'session',
      enrolled: true,
      commits: 2 ** 40,
    });
  });
  await withStore(dataDir, async (store) => {
    expect([...store.peers]).toEqual([
      ['n2', N2],
      ['n3', { storeId: 'store-of-n3', incarnation: 1, session: 'session', enrolled: true, commits: 2 ** 40 }],
    ]);
  });
});

test("a peer's commits are saved with the next save, at a flush and when the store is closed, and not before", async () => {
  const dataDir = await freshStore();
  const commitsOf = async (directory: string) => {
    let commits: number | undefined;
    await withStore(directory, async (store) => {
      commits = store.peers.get('n2')?.commits;
    });
    return commits;
  };
  /** What a crash at this moment would leave. */
  const crashed = async () => {
    const copy = await freshDirectory();
    await cp(dataDir, copy, { recursive: true });
    return commitsOf(copy);
  };
  await withStore(dataDir, async (store) => {
    await store.savePeer('n2', N2);
    store.notePeerCommits('n2', 11);
    expect(await crashed()).toBe(10);
    await store.save([change('a', accepted('1'))]);
    expect(await crashed()).toBe(11);
    store.notePeerCommits('n2', 12);
    await store.flushPeers();
    expect(await crashed()).toBe(12);
    store.notePeerCommits('n2', 13);
  });
  expect(await commitsOf(dataDir)).toBe(13);
});

test('a flush of peers of whom nothing was noted writes nothing', async () => {
  const dataDir = await freshStore();
  await withStore(dataDir, async (store) => {
    await store.savePeer('n2', N2);
    store.notePeerCommits('n2', 11);
    await store.flushPeers();
    const size = (await stat(`${fileOf(dataDir)}-wal`)).size;
    await store.flushPeers();
    store.notePeerCommits('n2', 11);
    await store.flushPeers();
    expect((await stat(`${fileOf(dataDir)}-wal`)).size).toBe(size);
  });
});

test("a peer's commits never go back, and a stranger's are not kept", async () => {
  const dataDir = await freshStore();
  await withStore(dataDir, async (store) => {
    await store.savePeer('n2', N2);
    store.notePeerCommits('n2', 20);
    store.notePeerCommits('n2', 15);
    store.notePeerCommits('n9', 15);
    await store.save([change('a', accepted('1'))]);
    store.notePeerCommits('n2', 19);
    await store.save([change('b', accepted('1'))]);
  });
  await withStore(dataDir, async (store) => expect([...store.peers]).toEqual([['n2', { ...N2, commits: 20 }]]));
});

test("a peer's new record replaces what was noted of its last one", async () => {
  const dataDir = await freshStore();
  const next = { storeId: 'store-of-n2', incarnation: 4, session: 'session', enrolled: true, commits: 30 };
  await withStore(dataDir, async (store) => {
    await store.savePeer('n2', N2);
    store.notePeerCommits('n2', 20);
    await store.savePeer('n2', next);
    await store.save([change('a', accepted('1'))]);
  });
  await withStore(dataDir, async (store) => expect([...store.peers]).toEqual([['n2', next]]));
});

test('what a store says of its peers is what it was opened with', async () => {
  await withStore(await freshStore(), async (store) => {
    await store.savePeer('n2', N2);
    expect(store.peers.size).toBe(0);
  });
});

test('what older blocks noted of a peer does not come back over a later record, though it counted more', async () => {
  const dataDir = await freshStore();
  const later = { ...N2, storeId: 'another-store', incarnation: 1, commits: 3 };
  /** What a crash at this moment would leave. */
  const crashed = async () => {
    const copy = await freshDirectory();
    await cp(dataDir, copy, { recursive: true });
    return await withStore(copy, async ({ peers }) => peers.get('n2'));
  };
  await withStore(dataDir, async (store) => {
    await store.savePeer('n2', N2);
    store.notePeerCommits('n2', 20);
    // Its turn comes after the save, which it is asked for with.
    await Promise.all([store.save([change('a', accepted('1'))]), store.savePeer('n2', later)]);
    expect(await crashed()).toEqual(later);
    store.notePeerCommits('n2', 4);
    await store.flushPeers();
    expect(await crashed()).toEqual({ ...later, commits: 4 });
    store.notePeerCommits('n2', 5);
    await store.save([change('b', accepted('1'))]);
    expect(await crashed()).toEqual({ ...later, commits: 5 });
  });
  expect(await withStore(dataDir, async ({ peers }) => peers.get('n2'))).toEqual({ ...later, commits: 5 });
});

test("a peer's commits are on the disk once a store is closed that saved nothing else", async () => {
  const dataDir = await freshStore();
  await withStore(dataDir, async (store) => {
    await store.savePeer('n2', N2);
    store.notePeerCommits('n2', 11);
  });
  await withStore(dataDir, async (store) => {
    expect(store.peers.get('n2')?.commits).toBe(11);
    store.notePeerCommits('n2', 12);
  });
  await withStore(dataDir, async (store) => expect(store.peers.get('n2')?.commits).toBe(12));
});

test('every field of a record is replaced by the next one, and comes back', async () => {
  const dataDir = await freshStore();
  const records = [
    { storeId: 'first', incarnation: 1, session: 'one', enrolled: false, commits: 1 },
    { storeId: 'second', incarnation: 2, session: 'two', enrolled: true, commits: 2 },
    { storeId: 'third', incarnation: 3, session: 'three', enrolled: false, commits: 3 },
  ];
  for (const record of records) {
    await withStore(dataDir, (store) => store.savePeer('n2', record));
    await withStore(dataDir, async ({ peers }) => expect([...peers]).toEqual([['n2', record]]));
  }
});
