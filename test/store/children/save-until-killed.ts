import { writeSync } from 'node:fs';
import { openStore } from '../../../src/store/open.ts';
import { batchOf } from './batch.ts';

/** Saves batch after batch, and prints the number of each once it is saved, until it is killed. */
const [, , dataDir = ''] = process.argv;
const store = await openStore({ dataDir });
for (let number = 0; ; number += 1) {
  await store.save(batchOf(number));
  writeSync(1, `${number}\n`);
}
