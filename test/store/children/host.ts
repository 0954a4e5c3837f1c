import { once } from 'node:events';
import { copyFileSync, cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openStore } from '../../../src/store/open.ts';
import { batchOf } from './batch.ts';

/**
 * A service that embeds a member, and treats the files of its store as people do. Does what each line of its input names,
 * and answers it with a line: `save N`, `copy`, `open`, `close`.
 */
const [, , dataDir = ''] = process.argv;
let store = await openStore({ dataDir });
console.log('open');

for await (const line of createInterface({ input: process.stdin })) {
  const [order, number] = line.split(' ');
  if (order === 'save') await store.save(batchOf(Number(number)));
  else if (order === 'copy') copyAll();
  else if (order === 'close') await store.close();
  else if (order === 'open') store = await openStore({ dataDir });
  console.log(line);
}
await once(process, 'exit');

/** Opens and closes every file of the directory: each by itself, the database first, and all of them at once. */
function copyAll(): void {
  const target = mkdtempSync(join(tmpdir(), 'stele-copy-'));
  copyFileSync(join(dataDir, 'stele.sqlite'), join(target, 'backup'));
  for (const name of readdirSync(dataDir)) copyFileSync(join(dataDir, name), join(target, name));
  cpSync(dataDir, join(target, 'all'), { recursive: true });
  rmSync(target, { recursive: true });
}
