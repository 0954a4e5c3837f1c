import { describe, expect, test } from 'vitest';
import type { Store } from '../../src/ports.ts';
import { openStore } from '../../src/store/open.ts';
import { MemoryStore } from '../node/memory-store.ts';
import { Dice } from '../simulation/dice.ts';
import { emptyDisk } from '../simulation/disk.ts';
import type { Life } from '../simulation/life.ts';
import { NO_FAULTS } from '../simulation/options.ts';
import { SimulatedStore } from '../simulation/store.ts';
import { Timeline } from '../simulation/timeline.ts';
import type { World } from '../simulation/world.ts';
import { accepted, change, freshStore, plain } from '../store/world.ts';

const MEMBERS = ['n1', 'n2', 'n3'];
const N2 = { storeId: 'of-n2', incarnation: 1, session: 's', enrolled: true, commits: 4 };

/** A store, and what lets the time pass that it needs. */
interface Kind {
  readonly store: Store;
  readonly settle: <T>(call: Promise<T>) => Promise<T>;
}

async function sqlite(): Promise<Kind> {
  return { store: await openStore({ dataDir: await freshStore() }), settle: (call) => call };
}

async function memory(): Promise<Kind> {
  return { store: new MemoryStore('n1', MEMBERS), settle: (call) => call };
}

/** The store of a simulated life that no fault strikes and nobody judges. */
async function simulated(): Promise<Kind> {
  const timeline = new Timeline();
  const nothing = () => undefined;
  const votes = { onSaved: nothing, onNoted: nothing };
  const plan = (delayMs: number, run: () => void) => timeline.plan(delayMs, run);
  const life = { isAlive: true, isTurnOn: () => true, plan, votes } as unknown as Life;
  const conduct = { onLoad: () => nothing, onSaved: nothing, onPeerSaved: nothing };
  const world = {
    ...{ timeline, conduct, faults: NO_FAULTS, tampering: {}, options: { jitterMs: 0 } },
    ...{ trace: { note: nothing }, count: nothing, onPeerSaved: nothing },
  } as unknown as World;
  const disk = emptyDisk({ cluster: 'stele', member: 'n1', members: MEMBERS }, 'of-n1');
  disk.incarnation = 1;
  const store = new SimulatedStore(world, life, disk, new Dice(7));
  const settle = async <T>(call: Promise<T>): Promise<T> => {
    await timeline.pass(timeline.nowMs + 10_000);
    return await call;
  };
  return { store, settle };
}

describe.each([
  ['SQLite', sqlite],
  ['memory', memory],
  ['simulation', simulated],
])('a store in %s', (_, open) => {
  test('says who its member is', async () => {
    const { store, settle } = await open();
    expect(store.identity).toMatchObject({ member: 'n1', members: MEMBERS, incarnation: 1 });
    expect(store.identity.storeId).not.toBe('');
    expect([store.commits, store.registers, store.enrolled]).toEqual([0, 0, false]);
    await settle(store.close());
  });

  test('gives back what it saved, counts it, and knows nothing of other registers', async () => {
    const { store, settle } = await open();
    expect((await settle(store.load(['a', 'b']))).size).toBe(0);
    await settle(store.save([change('a', accepted('1')), change('b', { ...accepted('2'), decided: true })]));
    expect(plain(await settle(store.load(['a', 'b', 'never'])))).toEqual(
      plain([
        ['a', accepted('1')],
        ['b', { ...accepted('2'), decided: true }],
      ]),
    );
    expect([store.commits, store.registers]).toEqual([1, 2]);
    await settle(store.close());
  });

  test('gives the later state of a register that was saved again', async () => {
    const { store, settle } = await open();
    await settle(store.save([change('a', accepted('1'))]));
    await settle(store.save([change('a', accepted('2', 'op-2', 2), accepted('1'))]));
    expect(plain(await settle(store.load(['a'])))).toEqual(plain([['a', accepted('2', 'op-2', 2)]]));
    expect([store.commits, store.registers]).toEqual([2, 1]);
    await settle(store.close());
  });

  test('finds nothing at once but what it never saved', async () => {
    const { store, settle } = await open();
    await settle(store.save([change('a', accepted('1'))]));
    expect(store.find(['a', 'never'])).toBeUndefined();
    // It may as well not know at once.
    expect(store.find(['never'])?.size ?? 0).toBe(0);
    await settle(store.close());
  });

  test('recalls decisions alone, and the right ones', async () => {
    const { store, settle } = await open();
    await settle(store.save([change('a', accepted('1')), change('b', { ...accepted('2'), decided: true })]));
    for (let tries = 0; tries < 20; tries += 1) {
      expect(store.recall('a')).toBeUndefined();
      const recalled = store.recall('b');
      if (recalled !== undefined) expect(Buffer.from(recalled.proposal.value).toString()).toBe('2');
    }
    await settle(store.close());
  });

  test('tells a register that was marked as decided, or has forgotten the mark, and no other', async () => {
    const { store, settle } = await open();
    const names = Array.from({ length: 20 }, (__, at) => `r.${at}`);
    await settle(store.save([...names, 'other'].map((name) => change(name, accepted(name)))));
    for (const name of names) store.markDecided([name]);
    store.markDecided([]);
    const states = await settle(store.load([...names, 'other']));
    expect(states.get('other')?.decided).toBe(false);
    expect([...states.values()].some(({ decided }) => decided)).toBe(true);
    for (const [name, { accepted: held }] of states)
      expect(Buffer.from(held?.proposal.value ?? []).toString()).toBe(name);
    await settle(store.close());
  });

  test('is enrolled once that is on the disk, and takes peers', async () => {
    const { store, settle } = await open();
    await settle(store.enrol());
    expect(store.enrolled).toBe(true);
    await settle(store.savePeer('n2', N2));
    store.notePeerCommits('n2', 9);
    await settle(store.flushPeers());
    await settle(store.close());
  });
});
