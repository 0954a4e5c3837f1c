import { describe, expect, test } from 'vitest';
import type { Store } from '../../src/ports.ts';
import { accepted, change, freshStore, peek, plain, withStore } from './world.ts';

async function decidedIn(store: Store, names: readonly string[]): Promise<string[]> {
  return [...(await store.load(names))].filter(([, { decided }]) => decided).map(([name]) => name);
}

describe('what is marked as decided', () => {
  test('is decided from then on, and after a restart where the store was closed', async () => {
    const dataDir = await freshStore();
    await withStore(dataDir, async (store) => {
      await store.save([change('a', accepted('1')), change('b', accepted('2'))]);
      expect(await decidedIn(store, ['a', 'b'])).toEqual([]);
      store.markDecided(['b']);
      expect(await decidedIn(store, ['a', 'b'])).toEqual(['b']);
    });
    await withStore(dataDir, async (store) => {
      expect(plain(await store.load(['a', 'b']))).toEqual(
        plain([
          ['a', accepted('1')],
          ['b', { ...accepted('2'), decided: true }],
        ]),
      );
    });
  });

  test('is so for that register alone, and for what it saves later', async () => {
    await withStore(await freshStore(), async (store) => {
      const names = Array.from({ length: 200 }, (_, at) => `r.${at}`);
      await store.save(names.map((name) => change(name, accepted('1'))));
      store.markDecided(['r.0', 'r.199', 'never.saved']);
      expect(await decidedIn(store, [...names, 'never.saved'])).toEqual(['r.0', 'r.199']);
    });
  });

  test('costs no commit', async () => {
    const dataDir = await freshStore();
    await withStore(dataDir, async (store) => {
      await store.save([change('a', accepted('1'))]);
      store.markDecided(['a']);
      expect(await decidedIn(store, ['a'])).toEqual(['a']);
      expect(store.commits).toBe(1);
    });
    expect(await peek(dataDir, 'SELECT count(*) AS n FROM journal')).toEqual([{ n: 1 }]);
  });

  test('is so however long ago it was saved, and is passed over once the store is closed', async () => {
    const dataDir = await freshStore();
    await withStore(dataDir, (store) => store.save([change('a', accepted('1'))]));
    await withStore(dataDir, async (store) => {
      store.markDecided(['a']);
      expect(await decidedIn(store, ['a'])).toEqual(['a']);
      await store.close();
      store.markDecided(['a']);
    });
  });

  test('is no decision of a register that has only promised', async () => {
    await withStore(await freshStore(), async (store) => {
      await store.save([change('p', { ...accepted('x'), accepted: null })]);
      store.markDecided(['p']);
      expect(await decidedIn(store, ['p'])).toEqual([]);
    });
  });
});

describe('a proposal that a register keeps is not written again', () => {
  const LARGE = Buffer.alloc(50_000, 7);
  const held = accepted(LARGE, 'op-1', 1);

  test('with a higher promise, and with the word that it was decided, at whatever ballot; and comes back', async () => {
    const dataDir = await freshStore();
    const promised = { ...held, promised: { round: 5, node: 'n2', incarnation: 1 } };
    const decision = { ballot: promised.promised, proposal: { opId: 'op-1', value: Buffer.from(LARGE) } };
    const decided = { promised: promised.promised, accepted: decision, decided: true };
    await withStore(dataDir, async (store) => {
      await store.save([change('a', held)]);
      const before = (await store.load(['a'])).get('a') ?? held;
      await store.save([change('a', { ...before, promised: promised.promised }, before)]);
      expect(plain(await store.load(['a']))).toEqual(plain([['a', promised]]));
    });
    await withStore(dataDir, async (store) => {
      const before = (await store.load(['a'])).get('a') ?? held;
      expect(plain([['a', before]])).toEqual(plain([['a', promised]]));
      await store.save([change('x', accepted('1')), change('a', decided, before)]);
      expect(plain(await store.load(['a']))).toEqual(plain([['a', decided]]));
    });
    await withStore(dataDir, async (store) => {
      expect(plain(await store.load(['a', 'x']))).toEqual(
        plain([
          ['x', accepted('1')],
          ['a', decided],
        ]),
      );
    });
    const sizes = await peek(dataDir, 'SELECT length(block) AS size FROM journal ORDER BY id');
    expect(sizes.map(({ size }) => Number(size) > LARGE.length)).toEqual([true, false, false]);
  });

  test('another one is, be it the same value under another operation, or another value under the same', async () => {
    const dataDir = await freshStore();
    for (const [name, after] of [
      ['other-operation', accepted(LARGE, 'op-2', 2)],
      ['other-value', accepted(Buffer.alloc(50_000, 8), 'op-1', 2)],
    ] as const) {
      await withStore(dataDir, async (store) => {
        await store.save([change(name, held)]);
        await store.save([change(name, after, (await store.load([name])).get(name))]);
      });
      await withStore(dataDir, async (store) => {
        expect(plain(await store.load([name]))).toEqual(plain([[name, after]]));
      });
    }
    const sizes = await peek(dataDir, 'SELECT length(block) AS size FROM journal ORDER BY id');
    expect(sizes.map(({ size }) => Number(size) > LARGE.length)).toEqual([true, true, true, true]);
  });
});

/** The value of a decision that is at hand. */
function recalled(store: Store, name: string): string | undefined {
  const decision = store.recall(name);
  return decision && Buffer.from(decision.proposal.value).toString();
}

describe('a decision is at hand', () => {
  test('as soon as it is saved, or is marked as decided, and not before', async () => {
    await withStore(await freshStore(), async (store) => {
      const saving = store.save([change('a', accepted('1')), change('b', { ...accepted('2'), decided: true })]);
      expect(store.recall('b')).toBeUndefined();
      await saving;
      expect(store.recall('a')).toBeUndefined();
      expect(store.recall('never.saved')).toBeUndefined();
      store.markDecided(['a']);
      expect(['a', 'b'].map((name) => recalled(store, name))).toEqual(['1', '2']);
    });
  });

  test('where it was saved without the proposal, which was there before', async () => {
    await withStore(await freshStore(), async (store) => {
      await store.save([change('a', accepted('1'))]);
      const [[, state] = []] = await store.load(['a']);
      if (state === undefined) throw new Error('not saved');
      await store.save([{ name: 'a', before: state, after: { ...state, decided: true } }]);
      expect(recalled(store, 'a')).toBe('1');
    });
  });

  test('not where its proposal is in an earlier commit that is not kept in memory, while its own is', async () => {
    const earlierIsTooLarge = async (store: Store) => {
      await store.save([change('a', accepted(Buffer.alloc(50_000)))]);
      const [[, state] = []] = await store.load(['a']);
      if (state === undefined) throw new Error('not saved');
      await store.save([{ name: 'a', before: state, after: { ...state, decided: true } }]);
      expect(store.recall('a')).toBeUndefined();
      expect(await decidedIn(store, ['a'])).toEqual(['a']);
    };
    await withStore(await freshStore(), earlierIsTooLarge, 20_000);
  });

  test('not where nothing may be kept in memory', async () => {
    const keepsNothing = async (store: Store) => {
      await store.save([change('a', accepted('1'))]);
      store.markDecided(['a']);
      expect(store.recall('a')).toBeUndefined();
      expect((await store.load(['a'])).size).toBe(1);
    };
    await withStore(await freshStore(), keepsNothing, 1);
  });

  test('not after a restart, where it has to be looked for, nor once the store is closed', async () => {
    const dataDir = await freshStore();
    const decided = { ...accepted('1'), decided: true };
    await withStore(dataDir, (store) => store.save([change('a', decided)]));
    await withStore(dataDir, async (store) => {
      expect(plain(await store.load(['a']))).toEqual(plain([['a', decided]]));
      await store.save([change('b', decided)]);
      await store.close();
      expect(store.recall('b')).toBeUndefined();
    });
  });
});
