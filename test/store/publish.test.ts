import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { LockedFile } from '../../src/store/lock/store-lock.ts';
import { publish } from '../../src/store/publish.ts';
import { codeOf } from './code-of.ts';
import { freshDirectory } from './world.ts';

/** A draft that is a directory: no file system gives those second names, so it has to be renamed. */
async function draftWithoutLinks() {
  const directory = await freshDirectory();
  await mkdir(join(directory, 'draft'));
  const file = join(directory, 'store');
  return { directory, draft: join(directory, 'draft'), file, lock: `${file}.draft-lock` };
}

/** Has something happen right after a lock is taken. */
function afterLock(happen: () => Promise<unknown>): void {
  const { lock } = LockedFile.prototype;
  const spy = vi.spyOn(LockedFile.prototype, 'lock').mockImplementation(async function (this: LockedFile, ...all) {
    await lock.apply(this, all);
    await happen();
  });
  onTestFinished(() => spy.mockRestore());
}

describe('a draft without second names', () => {
  test('is given its name, and nothing is left beside it', async () => {
    const { directory, draft, file } = await draftWithoutLinks();
    await publish(draft, file);
    expect(await readdir(directory)).toEqual(['store']);
  });

  test('is not, while another process has its turn, whose lock stays', async () => {
    const { directory, draft, file, lock } = await draftWithoutLinks();
    const other = await LockedFile.open(lock, 'w');
    onTestFinished(() => other.close());
    await other.lock(file);
    expect(await codeOf(publish(draft, file))).toBe('STELE_STORE_EXISTS');
    expect((await readdir(directory)).sort()).toEqual(['draft', 'store.draft-lock']);
  });

  test('is not, where the lock that it got is on a file that another has put away, whose own stays', async () => {
    const { directory, draft, file, lock } = await draftWithoutLinks();
    afterLock(async () => {
      await rm(lock);
      await writeFile(lock, '');
    });
    expect(await codeOf(publish(draft, file))).toBe('STELE_STORE_EXISTS');
    expect((await readdir(directory)).sort()).toEqual(['draft', 'store.draft-lock']);
  });

  test('is not, where the name was taken before its turn, although a rename would take its place', async () => {
    const { directory, draft, file } = await draftWithoutLinks();
    afterLock(() => mkdir(file));
    expect(await codeOf(publish(draft, file))).toBe('STELE_STORE_EXISTS');
    expect((await readdir(directory)).sort()).toEqual(['draft', 'store']);
  });
});
