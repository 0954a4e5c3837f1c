import { openStore } from '../../../src/store/open.ts';
import { codeOf } from '../code-of.ts';
import { batchOf } from './batch.ts';

/** Saves batch after batch until the system lets it write no more; then prints, as JSON, what every call says. */
const [, , dataDir = ''] = process.argv;
const BATCHES_MAX = 5_000;
const store = await openStore({ dataDir });
await store.savePeer('n2', { storeId: 'other', incarnation: 1, session: 'session', enrolled: true, commits: 1 });

let saved = 0;
let failure = 'no error';
let overlapping = 'no error';
while (failure === 'no error' && saved < BATCHES_MAX) {
  const save = codeOf(store.save(batchOf(saved)));
  // Asked for while the save is under way: it must not see rows of a commit that fails.
  const load = codeOf(store.load(batchOf(saved).map(({ name }) => name)));
  [failure, overlapping] = await Promise.all([save, load]);
  if (failure === 'no error') saved += 1;
}
const { commits, registers } = store;
const later = {
  save: await codeOf(store.save(batchOf(0))),
  saveOfNothing: await codeOf(store.save([])),
  load: await codeOf(store.load(['never.written'])),
  loadOfCached: await codeOf(store.load([batchOf(0)[0]?.name ?? ''])),
  savePeer: await codeOf(
    store.savePeer('n3', { storeId: 'third', incarnation: 1, session: 'session', enrolled: true, commits: 1 }),
  ),
};
const close = await codeOf(store.close());
console.log(JSON.stringify({ saved, failure, overlapping, commits, registers, later, close }));
