import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { Store } from '../../src/ports.ts';
import { type RegisterState, UNTOUCHED } from '../../src/protocol/register.ts';
import { accepted, change, DISK_TIMEOUT_MS, freshStore, names, peek, plain, states, withStore } from './world.ts';

vi.setConfig({ testTimeout: DISK_TIMEOUT_MS });

/** So small that every load goes to the disk. */
const NO_CACHE = 1;

describe('what is saved', () => {
  test('comes back as it was, from the cache, from the disk and after a restart', async () => {
    const batches = fc.uniqueArray(fc.tuple(names, states), {
      selector: ([name]) => name,
      minLength: 1,
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(batches, async (entries) => {
        const dataDir = await freshStore();
        const wanted = entries.map(([name]) => name);
        const changes = entries.map(([name, state]) => change(name, state));
        await withStore(dataDir, async (store) => {
          await store.save(changes);
          expect(plain(await store.load(wanted))).toEqual(plain(entries));
        });
        await withStore(dataDir, async (store) => {
          expect(plain(await store.load(wanted))).toEqual(plain(entries));
          expect(plain(await store.load(wanted))).toEqual(plain(entries));
        });
      }),
      { numRuns: 40 },
    );
  });

  test('replaces what was saved of the same register before', async () => {
    await fc.assert(
      fc.asyncProperty(states, states, fc.constantFrom(NO_CACHE, 1_000_000), async (first, second, cacheBytesMax) => {
        const dataDir = await freshStore();
        const use = async (use: Parameters<typeof withStore>[1]) => withStore(dataDir, use, cacheBytesMax);
        await use(async (store) => {
          await store.save([change('r', first)]);
          await store.save([change('r', second, first)]);
          expect(plain(await store.load(['r']))).toEqual(plain([['r', second]]));
        });
        await use(async (store) => expect(plain(await store.load(['r']))).toEqual(plain([['r', second]])));
      }),
      { numRuns: 25 },
    );
  });

  test('is not touched by what the caller does to the message that a value was part of', async () => {
    const message = Buffer.from('..the value..');
    await withStore(await freshStore(), async (store) => {
      await store.save([change('r', accepted(message.subarray(2, 11)))]);
      message.fill(0);
      expect(plain(await store.load(['r']))).toEqual(plain([['r', accepted('the value')]]));
    });
  });

  test('may be thousands of registers, or values of 38 MiB, at once', async () => {
    const many = Array.from({ length: 4_000 }, (_, at) => change(`many.${at}`, accepted(`value ${at}`)));
    const large = Array.from({ length: 608 }, (_, at) =>
      change(`large.${at}`, accepted(Buffer.alloc(65_536, at % 256))),
    );
    const dataDir = await freshStore();
    await withStore(dataDir, async (store) => {
      await store.save(many);
      await store.save(large);
      expect(store.commits).toBe(Math.ceil(4_000 / 64) + Math.ceil(608 / 64));
      expect(store.registers).toBe(4_608);
    });
    await withStore(dataDir, async (store) => {
      for (const changes of [many, large]) {
        const loaded = await store.load(changes.map(({ name }) => name));
        expect(loaded.size).toBe(changes.length);
        const unlike = changes.filter(({ name, after }) => !sameValue(loaded.get(name), after));
        expect(unlike).toEqual([]);
      }
    });
  });

  test.each([NO_CACHE, 1_000_000])(
    'is what the later of two changes says, where one commit has two of a register: in %i bytes of cache',
    async (cacheBytesMax) => {
      const first = accepted('a', 'op-a', 1);
      const second = accepted('b', 'op-b', 2);
      const dataDir = await freshStore();
      const expectSecond = async (store: Store) => {
        expect(store.registers).toBe(1);
        expect(plain(await store.load(['r']))).toEqual(plain([['r', second]]));
      };
      await withStore(
        dataDir,
        async (store) => {
          await store.save([change('r', first), change('r', second, first)]);
          await expectSecond(store);
        },
        cacheBytesMax,
      );
      await withStore(dataDir, expectSecond, cacheBytesMax);
    },
  );
});

describe('a load', () => {
  test('leaves out names that were never saved, and takes a name twice', async () => {
    await withStore(await freshStore(), async (store) => {
      await store.save([change('there', accepted('value'))]);
      const loaded = await store.load(['there', 'not.there', 'there']);
      expect(plain(loaded)).toEqual(plain([['there', accepted('value')]]));
      expect((await store.load([])).size).toBe(0);
    });
  });

  test('tells names apart that differ in case only', async () => {
    const dataDir = await freshStore();
    await withStore(dataDir, (store) =>
      store.save([change('orders.a', accepted('lower')), change('orders.A', accepted('upper'))]),
    );
    await withStore(dataDir, async (store) => {
      expect(plain(await store.load(['orders.A']))).toEqual(plain([['orders.A', accepted('upper')]]));
      expect((await store.load(['Orders.a'])).size).toBe(0);
    });
  });
});

describe('the counters', () => {
  test('count commits, and registers once each, and are the same right after a restart', async () => {
    const dataDir = await freshStore();
    const promise: RegisterState = { ...accepted('x'), accepted: null };
    await withStore(dataDir, async (store) => {
      expect([store.commits, store.registers]).toEqual([0, 0]);
      await store.save([change('a', promise), change('b', promise)]);
      await store.save([change('a', accepted('x'), promise), change('c', promise)]);
      expect([store.commits, store.registers]).toEqual([2, 3]);
    });
    await withStore(dataDir, async (store) => expect([store.commits, store.registers]).toEqual([2, 3]));
    expect(await peek(dataDir, 'SELECT count(*) AS n FROM journal')).toEqual([{ n: 2 }]);
  });

  test('rise only once the commit is on the disk', async () => {
    await withStore(await freshStore(), async (store) => {
      const saving = store.save([change('a', accepted('x'))]);
      expect([store.commits, store.registers]).toEqual([0, 0]);
      await saving;
      expect([store.commits, store.registers]).toEqual([1, 1]);
    });
  });

  test('do not rise with a save of nothing', async () => {
    await withStore(await freshStore(), async (store) => {
      await store.save([]);
      expect(store.commits).toBe(0);
    });
  });
});

describe('the cache', () => {
  test('never keeps a state that a later one replaced, however small the cache', async () => {
    const large = accepted(Buffer.alloc(2_000), 'op', 2);
    const small = accepted('x');
    await withStore(
      await freshStore(),
      async (store) => {
        await store.save([change('a', small)]);
        await store.save([change('a', large, small)]);
        expect(plain(await store.load(['a']))).toEqual(plain([['a', large]]));
      },
      1_000,
    );
  });

  test('does not remember that a register was untouched', async () => {
    await withStore(await freshStore(), async (store) => {
      expect((await store.load(['a'])).size).toBe(0);
      await store.save([change('a', accepted('x'), UNTOUCHED)]);
      expect(plain(await store.load(['a']))).toEqual(plain([['a', accepted('x')]]));
    });
  });
});

function sameValue(found: RegisterState | undefined, wanted: RegisterState): boolean {
  const value = wanted.accepted?.proposal.value ?? new Uint8Array();
  return found?.accepted != null && Buffer.compare(found.accepted.proposal.value, value) === 0;
}
