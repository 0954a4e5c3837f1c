import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { type RegisterState, UNTOUCHED } from '../../src/protocol/register.ts';
import { openStore } from '../../src/store/open.ts';
import { codeOf } from './code-of.ts';
import { accepted, change, DISK_TIMEOUT_MS, freshStore, plain, withStore } from './world.ts';

vi.setConfig({ testTimeout: DISK_TIMEOUT_MS });

describe('calls that overlap', () => {
  test('a load that is asked for during a save sees all of it', async () => {
    await withStore(await freshStore(), async (store) => {
      const saving = store.save([change('a', accepted('1')), change('b', accepted('2'))]);
      const loaded = await store.load(['a', 'b']);
      expect(store.commits).toBe(1);
      expect(plain(loaded)).toEqual(
        plain([
          ['a', accepted('1')],
          ['b', accepted('2')],
        ]),
      );
      await saving;
    });
  });

  test('a load waits for the latest of what it was asked for, in whatever order', async () => {
    for (const names of [
      ['a', 'b'],
      ['b', 'a'],
    ]) {
      await withStore(await freshStore(), async (store) => {
        await store.save([change('a', accepted('1'))]);
        const saving = store.save([change('b', accepted('2'))]);
        expect((await store.load(names)).size).toBe(2);
        expect(store.commits).toBe(2);
        await saving;
      });
    }
  });

  test('each save resolves once it is on the disk, and the store counts no further', async () => {
    await withStore(await freshStore(), async (store) => {
      const counted: number[][] = [];
      const count = () => void counted.push([store.commits, store.registers]);
      await Promise.all([
        store.save([change('a', accepted('1'))]).then(count),
        store.save([change('b', accepted('2')), change('c', accepted('3'))]).then(count),
        // One of nothing ends once those before it have.
        store.save([]).then(count),
        store.save([change('d', accepted('4'))]).then(count),
      ]);
      expect(counted).toEqual([
        [1, 1],
        [2, 3],
        [2, 3],
        [3, 4],
      ]);
    });
  });

  test('a load that was asked for before a save sees nothing of it', async () => {
    await withStore(await freshStore(), async (store) => {
      const loading = store.load(['a']);
      const saving = store.save([change('a', accepted('1'))]);
      expect((await loading).size).toBe(0);
      await saving;
    });
  });

  test('take effect in the order in which they were made, whatever they are', async () => {
    const name: fc.Arbitrary<string> = fc.constantFrom('a', 'b', 'c', 'd');
    const operation = fc.oneof(
      fc.record({ type: fc.constant('save' as const), names: fc.uniqueArray(name, { minLength: 1 }) }),
      fc.record({ type: fc.constant('load' as const), names: fc.uniqueArray(name, { minLength: 1 }) }),
      fc.record({ type: fc.constant('peer' as const), names: fc.constant<string[]>([]) }),
    );
    const cacheSizes = fc.constantFrom(1, 1_500, 1_000_000);
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 25 }), cacheSizes, async (operations, cacheBytesMax) => {
        const store = await openStore({ dataDir: await freshStore(), cacheBytesMax });
        const model = new Map<string, RegisterState>();
        const start = (at: number, { type, names }: (typeof operations)[number]): Promise<unknown> => {
          if (type === 'load') {
            const expected = plain([...model].filter(([one]) => names.includes(one)));
            return store.load(names).then((loaded) => expect(plain(loaded)).toEqual(expected));
          }
          if (type === 'save') {
            const changes = names.map((one) => change(one, accepted(`${at}`, `op-${at}`, at + 1), model.get(one)));
            for (const { name: one, after } of changes) model.set(one, after);
            return store.save(changes);
          }
          const saving = store.savePeer('n2', {
            storeId: 's',
            incarnation: 1,
            session: 'session',
            enrolled: true,
            commits: at,
          });
          store.notePeerCommits('n2', at + 1);
          return saving;
        };
        const underWay = operations.map((one, at) => start(at, one));
        await Promise.all(underWay);
        expect(store.registers).toBe(model.size);
        await store.close();
      }),
      { numRuns: 40 },
    );
  });
});

describe('close', () => {
  test('waits for what was asked for before it', async () => {
    const dataDir = await freshStore();
    const store = await openStore({ dataDir });
    const saving = store.save([change('a', accepted('1'))]);
    const loading = store.load(['a']);
    await store.close();
    await saving;
    expect((await loading).size).toBe(1);
    await withStore(dataDir, async (reopened) => expect((await reopened.load(['a'])).size).toBe(1));
  });

  test('waits for loads that have to look on the disk, and for what a save brings into memory', async () => {
    const dataDir = await freshStore();
    const names = Array.from({ length: 200 }, (_, at) => `r.${at}`);
    await withStore(dataDir, (store) => store.save(names.map((name) => change(name, accepted('1')))));
    const store = await openStore({ dataDir, cacheBytesMax: 1 });
    const loading = Promise.all(names.map((name) => store.load([name])));
    const saving = store.save([change('later', accepted('2'))]);
    await store.close();
    expect(new Set((await loading).map(({ size }) => size))).toEqual(new Set([1]));
    await saving;
    await withStore(dataDir, async ({ registers }) => expect(registers).toBe(201));
  });

  test('can be called again, at once and later', async () => {
    const store = await openStore({ dataDir: await freshStore() });
    await Promise.all([store.close(), store.close()]);
    await store.close();
    expect(store.identity.incarnation).toBe(1);
  });

  test('is the end: every later call is refused', async () => {
    const store = await openStore({ dataDir: await freshStore() });
    await store.save([change('a', accepted('1'))]);
    store.markDecided(['a']);
    expect(store.recall('a')).toBeDefined();
    const closing = store.close();
    expect(store.recall('a')).toBeUndefined();
    expect(await codeOf(store.load(['a']))).toBe('STELE_STORE_FAILED');
    await closing;
    expect(await codeOf(store.enrol())).toBe('STELE_STORE_FAILED');
    expect(await codeOf(store.flushPeers())).toBe('STELE_STORE_FAILED');
    expect(await codeOf(store.load(['a']))).toBe('STELE_STORE_FAILED');
    expect(await codeOf(store.save([change('b', accepted('1'), UNTOUCHED)]))).toBe('STELE_STORE_FAILED');
    expect(
      await codeOf(
        store.savePeer('n2', { storeId: 's', incarnation: 1, session: 'session', enrolled: true, commits: 1 }),
      ),
    ).toBe('STELE_STORE_FAILED');
  });
});
