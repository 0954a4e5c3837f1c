import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openStore } from '../../src/sqlite/store.ts';
import { type Edit, editedSource } from '../support/edited-source.ts';
import { codeOf } from './code-of.ts';
import { START_CHECKS } from './start-damages.ts';
import { freshDirectory, indexOf, peek } from './world.ts';

vi.setConfig({ testTimeout: 120_000 });

const LONG: Edit = { file: 'sqlite/check.ts', from: 'VERIFY_BYTES_MAX = 67_108_864', to: 'VERIFY_BYTES_MAX = 0' };

async function openerWith(edits: readonly Edit[]): Promise<typeof openStore> {
  const folder = editedSource('a start without a check', edits);
  onTestFinished(() => rm(folder, { recursive: true }));
  const module: { openStore: typeof openStore } = await import(pathToFileURL(join(folder, 'src/sqlite/store.ts')).href);
  return module.openStore;
}

/** What a start does with a copy of the directory. */
async function outcomeOf(open: typeof openStore, damaged: string): Promise<string> {
  const dataDir = await freshDirectory();
  await cp(damaged, dataDir, { recursive: true });
  const seed = await seedOf(dataDir);
  const code = await codeOf(open({ dataDir }).then((store) => store.close()));
  if (code !== 'no error') return code;
  return (await seedOf(dataDir)) === seed ? 'opened' : 'index made anew';
}

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
