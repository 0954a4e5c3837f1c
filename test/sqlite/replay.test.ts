import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { BlockCache } from '../../src/sqlite/block-cache.ts';
import { Database } from '../../src/sqlite/database.ts';
import { IndexFile } from '../../src/sqlite/index-file.ts';
import { newIndexState } from '../../src/sqlite/index-state.ts';
import { Journal } from '../../src/sqlite/journal.ts';
import { Lookup } from '../../src/sqlite/lookup.ts';
import { NameHash } from '../../src/sqlite/name-hash.ts';
import { Overlays } from '../../src/sqlite/overlays.ts';
import { PeerTable, readPeers } from '../../src/sqlite/peers.ts';
import { replay } from '../../src/sqlite/replay.ts';
import { Runs } from '../../src/sqlite/runs.ts';
import { accepted, change, DISK_TIMEOUT_MS, fileOf, freshDirectory, freshStore, withStore } from './world.ts';

vi.setConfig({ testTimeout: DISK_TIMEOUT_MS });

afterEach(() => {
  vi.useRealTimers();
});

const SAVES = 12;
const BATCH = 3;
const N2 = { storeId: 'other', incarnation: 1, session: 'session', enrolled: true, commits: 1 };

function namesOf(save: number): string[] {
  return Array.from({ length: BATCH }, (_, at) => `r.${save}.${at}`);
}

/** A promise, and what resolves it. */
function signal(): [promise: Promise<void>, give: () => void] {
  let give: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => {
    give = resolve;
  });
  return [promise, give];
}

/**
 * The journal of a closed store, whose index is to be made anew in memory for so few entries that most are folded.
 * @param lastBatch how many registers the last save has; with one, it fits into memory beside the save before it.
 */
async function journalWorld({ lastBatch = BATCH } = {}) {
  const dataDir = await freshStore();
  await withStore(dataDir, async (store) => {
    await store.savePeer('n2', N2);
    for (let save = 1; save <= SAVES; save += 1) {
      store.notePeerCommits('n2', 10 * save);
      const names = namesOf(save).slice(0, save === SAVES ? lastBatch : BATCH);
      await store.save(names.map((name) => change(name, accepted(name))));
    }
  });
  const file = fileOf(dataDir);
  const database = await Database.open(file, 'existing');
  onTestFinished(() => database.close().catch(() => undefined));
  // As a crash leaves it: what blocks noted is nowhere else.
  const table = await PeerTable.prepare(database);
  await table.write(new Map([['n2', N2]]), 0);
  const index = await IndexFile.create(join(await freshDirectory(), 'index.sqlite'));
  onTestFinished(() => index.close().catch(() => undefined));
  const hash = new NameHash([1, 2]);
  const cache = new BlockCache(1_000_000);
  const overlays = new Overlays(hash, cache, BATCH + 1);
  const runs = new Runs(index, newIndexState('store'), []);
  const journal = await Journal.prepare(database, file);
  const peers = await readPeers(database, file);
  const progress: number[] = [];
  const onProgress = ({ commit }: { commit: number }) => void progress.push(commit);
  const input = { journal, lastCommit: SAVES, overlays, runs, cache, peers, table, onProgress };
  const storedPeers = async () => (await readPeers(database, file)).get('n2');
  return { input, index, lookup: new Lookup({ hash, overlays, runs, cache, journal }), progress, storedPeers };
}

test('a journal with more registers than memory keeps is taken in lot by lot, and what it noted of peers is kept before', async () => {
  const { input, lookup, progress, storedPeers } = await journalWorld();
  await replay(input);
  expect(progress).toEqual(Array.from({ length: SAVES }, (_, at) => at + 1));
  // One lot gathers, and one may be on its way: all others are folded.
  expect(input.runs.folded.commit).toBeGreaterThanOrEqual(SAVES - 2);
  expect(input.peers.get('n2')?.record.commits).toBe(10 * SAVES);
  expect((await storedPeers())?.record.commits).toBeGreaterThanOrEqual(10 * input.runs.folded.commit);
  for (let save = 1; save <= SAVES; save += 1) {
    const search = lookup.search(namesOf(save));
    if (search === undefined) throw new Error(`nothing of save ${save}`);
    await lookup.readPlaces(search);
    const states = await lookup.readStates(search);
    const values = [...states.values()].map(({ accepted: held }) => Buffer.from(held?.proposal.value ?? []).toString());
    expect(values).toEqual(namesOf(save));
  }
});

test('a journal is not taken in where its index cannot be written, and the start hears why', async () => {
  const { input, index } = await journalWorld();
  await index.close();
  await expect(replay(input)).rejects.toThrow(/SQLITE_MISUSE|closed|finalized/i);
});

test('nothing goes on in the index once a journal has been taken in: the store is about to fold by itself', async () => {
  const { input } = await journalWorld();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  await replay(input);
  expect(vi.getTimerCount()).toBe(0);
});

test('nor is it taken in where the folding fails that is under way as its end is reached', async () => {
  const { input } = await journalWorld({ lastBatch: 1 });
  const [folding, beginFolding] = signal();
  const [end, reachEnd] = signal();
  const write = input.table.write.bind(input.table);
  vi.spyOn(input.table, 'write').mockImplementation(async (records, commit) => {
    if (commit !== SAVES - 2) return await write(records, commit);
    beginFolding();
    await end;
    throw new Error('the disk is full');
  });
  const after = input.journal.after.bind(input.journal);
  vi.spyOn(input.journal, 'after').mockImplementation(async function* (from, to) {
    for await (const block of after(from, to)) {
      if (block.commit === SAVES) await folding;
      yield block;
    }
    reachEnd();
  });
  await expect(replay(input)).rejects.toThrow('the disk is full');
});
