import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Store } from '../../src/ports.ts';
import { openStore } from '../../src/store/open.ts';
import { type Edit, editedSource } from '../support/edited-source.ts';
import { codeOf } from './code-of.ts';
import { START_CHECKS } from './start-damages.ts';
import { accepted, change, edit, freshDirectory, freshStore, indexOf, peek, withStore } from './world.ts';

vi.setConfig({ testTimeout: 120_000 });

const LONG: Edit = { file: 'store/check.ts', from: 'VERIFY_BYTES_MAX = 67_108_864', to: 'VERIFY_BYTES_MAX = 0' };

async function openerWith(edits: readonly Edit[]): Promise<typeof openStore> {
  const folder = editedSource('a start without a check', edits);
  onTestFinished(() => rm(folder, { recursive: true }));
  const module: { openStore: typeof openStore } = await import(pathToFileURL(join(folder, 'src/store/open.ts')).href);
  return module.openStore;
}

/** What a start does with a copy of the directory. */
async function outcomeOf(open: typeof openStore, damaged: string): Promise<string> {
  const dataDir = await freshDirectory();
  await cp(damaged, dataDir, { recursive: true });
  const seed = await seedOf(dataDir);
  let opened: Store | undefined;
  const code = await codeOf(
    open({ dataDir }).then((store) => {
      opened = store;
    }),
  );
  if (opened === undefined) return code;
  const found = await opened.load(NAMES).catch(() => undefined);
  const isWhole = found?.size === opened.registers;
  await opened.close().catch(() => undefined);
  if ((await seedOf(dataDir)) !== seed) return 'new index';
  return isWhole ? 'whole' : 'registers lost';
}

/** The names of all registers that a test here saves. */
const NAMES = [
  ...Array.from({ length: 10_000 }, (_, at) => `r.${at}`),
  ...[1, 2, 3].flatMap((save) => Array.from({ length: 60 }, (_, at) => `r.${save}.${at}`)),
  'a',
  'b',
];

/** Each index has a seed of its own. */
async function seedOf(dataDir: string): Promise<string | undefined> {
  const [row] = await peek(dataDir, 'SELECT state FROM state LIMIT 1', indexOf(dataDir)).catch(() => []);
  return row === undefined ? undefined : String(JSON.parse(String(row.state)).seed);
}

describe('a check of a start finds what no other does:', () => {
  test.each(START_CHECKS.map((check) => [check.name, check] as const))('%s', async (_, check) => {
    const damaged = await check.damaged();
    const base = check.isLong === true ? [LONG] : [];
    expect(await outcomeOf(base.length === 0 ? openStore : await openerWith(base), damaged)).toBe(check.right);
    expect(await outcomeOf(await openerWith([...base, check.without]), damaged)).not.toBe(check.right);
  });
});

describe('a journal that is too long to be gone through at a start', () => {
  async function withDamage(): Promise<string> {
    const dataDir = await freshStore();
    for (const name of ['a', 'b']) await withStore(dataDir, (store) => store.save([change(name, accepted('1'))]));
    await edit(dataDir, "UPDATE journal SET block = x'00' WHERE id = 1");
    return dataDir;
  }

  test('is not, where its index is whole: damage is found when what it hit is read', async () => {
    const dataDir = await withDamage();
    const store = await (await openerWith([LONG]))({ dataDir });
    expect((await store.load(['b'])).size).toBe(1);
    expect(await codeOf(store.load(['a']))).toBe('STELE_STORE_CORRUPT');
    await store.close();
  });

  test('is all the same, where its index has to be rebuilt', async () => {
    const dataDir = await withDamage();
    await rm(indexOf(dataDir));
    expect(await codeOf((await openerWith([LONG]))({ dataDir }))).toBe('STELE_STORE_CORRUPT');
  });
});
