import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import type { Store } from '../../src/ports.ts';
import type { RegisterState } from '../../src/protocol/register.ts';
import { NameHash } from '../../src/store/index/name-hash.ts';
import { accepted, change, DISK_TIMEOUT_MS, freshStore, openWithParts, plain, withStore } from './world.ts';

vi.setConfig({ testTimeout: DISK_TIMEOUT_MS });

/** Gives all names the same hash that begin with the same letter: chance does so once in many years. */
beforeEach(() => {
  const { of } = NameHash.prototype;
  const spy = vi.spyOn(NameHash.prototype, 'of').mockImplementation(function (this: NameHash, name) {
    of.call(this, name.slice(0, 1));
  });
  onTestFinished(() => spy.mockRestore());
});

const NAMES = ['a.1', 'a.2', 'a.3', 'a.4', 'b.1'];

function recalledIn(store: Store, name: string): string | undefined {
  const decision = store.recall(name);
  return decision && Buffer.from(decision.proposal.value).toString();
}

test('registers whose names have one hash are told apart in memory, in the index, and after restarts', async () => {
  const dataDir = await freshStore();
  const model = new Map<string, RegisterState>();
  for (const life of [1, 2, 3]) {
    await withStore(dataDir, async (store) => {
      for (const name of life === 1 ? NAMES.slice(0, 3) : NAMES) {
        const after = accepted(`${name} in ${life}`, `op-${life}`, life);
        await store.save([change(name, after, model.get(name))]);
        model.set(name, after);
        expect(plain(await store.load([...NAMES, 'a.9']))).toEqual(plain(model));
      }
      expect(store.registers).toBe(model.size);
    });
  }
  await withStore(dataDir, async (store) => expect(plain(await store.load([...NAMES, 'a.9']))).toEqual(plain(model)));
});

test('where it is not certain whose entry it is, nothing is marked as decided: that is lost, and no more', async () => {
  await withStore(await freshStore(), async (store) => {
    await store.save(NAMES.map((name) => change(name, accepted(`of ${name}`))));
    store.markDecided([...NAMES, 'a.9']);
    const decided = [...(await store.load(NAMES))].filter(([, state]) => state.decided).map(([name]) => name);
    expect(decided).toEqual(['b.1']);
    expect([...NAMES, 'a.9'].map((name) => recalledIn(store, name)).filter((one) => one !== undefined)).toEqual([
      'of b.1',
    ]);
  });
});

test('a decision that was saved as one is told although another of the same hash was saved later', async () => {
  await withStore(await freshStore(), async (store) => {
    await store.save([change('a.1', { ...accepted('1'), decided: true })]);
    await store.save([change('a.2', accepted('2'))]);
    expect(['a.1', 'a.2'].map((name) => recalledIn(store, name))).toEqual(['1', undefined]);
  });
});

test('one that is saved again and again takes one entry, and the entry of no other', async () => {
  const { store, parts } = await openWithParts(await freshStore());
  await store.save([change('a.1', accepted('1')), change('a.2', accepted('2'))]);
  for (const round of [2, 3, 4, 5]) {
    await store.save([change('a.1', accepted(`${round}`, 'op', round), accepted('1'))]);
  }
  expect(parts.keydir.segment(parts.keydir.segmentOf('a.1')).entries).toBe(2);
  expect(plain(await store.load(['a.1', 'a.2']))).toEqual(
    plain([
      ['a.1', accepted('5', 'op', 5)],
      ['a.2', accepted('2')],
    ]),
  );
});

test('one whose block is not in memory any more takes an entry too many rather than the entry of another', async () => {
  const { store, parts } = await openWithParts(await freshStore(), { cacheBytesMax: 1 });
  await store.save([change('a.1', accepted('1'))]);
  await store.save([change('a.2', accepted('2'))]);
  await store.save([change('a.1', accepted('3', 'op', 3), accepted('1'))]);
  expect(parts.keydir.segment(parts.keydir.segmentOf('a.1')).entries).toBe(3);
  expect(plain(await store.load(['a.1', 'a.2']))).toEqual(
    plain([
      ['a.1', accepted('3', 'op', 3)],
      ['a.2', accepted('2')],
    ]),
  );
});
