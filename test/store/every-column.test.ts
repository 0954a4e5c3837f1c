import { cp } from 'node:fs/promises';
import { expect, test, vi } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import { codeOf } from './code-of.ts';
import { DISK_TIMEOUT_MS, edit, freshDirectory, freshStore, withStore } from './world.ts';

vi.setConfig({ testTimeout: DISK_TIMEOUT_MS });

const CHANGED = {
  identity: {
    cluster: "'other'",
    member: "'n2'",
    members: '\'["n1","n2"]\'',
    store_id: "'other'",
    incarnation: 'incarnation + 1',
    commits: 'commits + 0 - 1',
    enrolled: '1 - enrolled',
    checksum: 'checksum + 1',
  },
  peers: {
    member: "'n3'",
    store_id: "'other'",
    incarnation: 'incarnation + 1',
    session: "'other'",
    enrolled: '1 - enrolled',
    commits: 'commits + 1',
    noted: 'noted + 1',
    checksum: 'checksum + 1',
  },
};

test.each(Object.keys(CHANGED) as (keyof typeof CHANGED)[])('no column of %s can change unseen', async (table) => {
  const dataDir = await freshStore();
  await withStore(dataDir, (store) =>
    store.savePeer('n2', { storeId: 's', incarnation: 1, session: 's', enrolled: true, commits: 1 }),
  );
  for (const [column, value] of Object.entries(CHANGED[table])) {
    const copy = await freshDirectory();
    await cp(dataDir, copy, { recursive: true });
    await edit(copy, `UPDATE ${table} SET ${column} = ${value}`);
    expect([column, await codeOf(openStore({ dataDir: copy }))]).toEqual([column, 'STELE_STORE_CORRUPT']);
  }
});
