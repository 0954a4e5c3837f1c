import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import { Database } from '../../src/store/sqlite/database.ts';
import { INDEX_PRAGMAS, prepare, prepareToRead, prepareToWrite } from '../../src/store/sqlite/pragmas.ts';
import { codeOf } from './code-of.ts';
import {
  accepted,
  change,
  DISK_TIMEOUT_MS,
  fileOf,
  freshDirectory,
  freshStore,
  outputOf,
  peek,
  plain,
  startChild,
  withStore,
} from './world.ts';

vi.setConfig({ testTimeout: DISK_TIMEOUT_MS });

describe('the incarnation', () => {
  test('rises by one at every open', async () => {
    const dataDir = await freshStore();
    for (const expected of [1, 2, 3, 4]) {
      await withStore(dataDir, async ({ identity }) => expect(identity.incarnation).toBe(expected));
    }
  });

  test('is on the disk before open resolves, so that a process killed right then has used it up', async () => {
    const dataDir = await freshStore();
    const { child, ended } = startChild('hold-open', dataDir);
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await ended;
    await withStore(dataDir, async ({ identity }) => expect(identity.incarnation).toBe(2));
  });

  test('does not rise when the open is refused', async () => {
    const dataDir = await freshStore();
    await withStore(dataDir, async () => {
      expect(await codeOf(openStore({ dataDir }))).toBe('STELE_STORE_LOCKED');
    });
    expect(await peek(dataDir, 'SELECT incarnation FROM identity')).toEqual([{ incarnation: 1 }]);
  });
});

describe('a store that is open', () => {
  test('is refused to the same process and to others, and goes on', async () => {
    const dataDir = await freshStore();
    await withStore(dataDir, async (store) => {
      await store.save([change('a', accepted('1'))]);
      // Twice each: a refused open must not loosen the lock for the next.
      for (let round = 0; round < 2; round += 1) {
        await expect(openStore({ dataDir })).rejects.toMatchObject({ code: 'STELE_STORE_LOCKED' });
        const outcome = JSON.parse(await outputOf(startChild('try-open', dataDir)));
        expect(outcome.code).toBe('STELE_STORE_LOCKED');
        expect(outcome.message).toContain(fileOf(dataDir));
        await store.save([change(`b.${round}`, accepted('2'))]);
      }
      expect(plain(await store.load(['a', 'b.1']))).toEqual(
        plain([
          ['a', accepted('1')],
          ['b.1', accepted('2')],
        ]),
      );
    });
  });

  test('is refused to this process while another has it, and free once that one is killed', async () => {
    const dataDir = await freshStore();
    const { child, ended } = startChild('hold-open', dataDir);
    await once(child.stdout, 'data');
    await expect(openStore({ dataDir })).rejects.toMatchObject({ code: 'STELE_STORE_LOCKED' });
    if (process.platform === 'linux') {
      await expect(openStore({ dataDir })).rejects.toThrow(`(${child.pid})`);
    }
    child.kill('SIGKILL');
    await ended;
    await withStore(dataDir, async ({ identity }) => expect(identity.incarnation).toBe(2));
  });

  test('can be opened by another process once it is closed', async () => {
    const dataDir = await freshStore();
    await withStore(dataDir, async () => undefined);
    expect(JSON.parse(await outputOf(startChild('try-open', dataDir)))).toEqual({ code: 'opened', incarnation: 2 });
  });
});

describe('open', () => {
  test('makes no store where there is none', async () => {
    const dataDir = await freshDirectory();
    expect(await codeOf(openStore({ dataDir }))).toBe('STELE_NO_STORE');
    expect(await codeOf(openStore({ dataDir: join(dataDir, 'missing') }))).toBe('STELE_NO_STORE');
    // The log of a lost file is no store either.
    await writeFile(join(dataDir, 'stele.sqlite-wal'), '');
    expect(await codeOf(openStore({ dataDir }))).toBe('STELE_NO_STORE');
    expect(await readdir(dataDir)).toEqual(['stele.sqlite-wal']);
  });

  test('says what to do where there is no store', async () => {
    const dataDir = await freshDirectory();
    await expect(openStore({ dataDir })).rejects.toThrow(/stele init.*do not run it under the same id/);
  });

  test('reports what is neither a store nor damage as a failure', async () => {
    const dataDir = await freshDirectory();
    await mkdir(fileOf(dataDir));
    expect(await codeOf(openStore({ dataDir }))).toBe('STELE_STORE_FAILED');
  });

  test.each([0, -1, 1.5, Number.NaN])('refuses a cache of %d bytes', async (cacheBytesMax) => {
    const dataDir = await freshStore();
    expect(await codeOf(openStore({ dataDir, cacheBytesMax }))).toBe('STELE_BAD_INPUT');
  });

  test('refuses to go on where SQLite does not take a setting that durability rests on', async () => {
    // A database in memory cannot have a write-ahead log, as a file on some network file systems cannot.
    const database = await Database.open(':memory:', 'new');
    await prepareToRead(database).catch(() => undefined);
    await expect(prepareToWrite(database)).rejects.toMatchObject({ code: 'STELE_STORE_FAILED' });
    await expect(prepare(database, INDEX_PRAGMAS)).rejects.toMatchObject({ code: 'STELE_STORE_FAILED' });
    await database.close();
  });

  test('refuses to go on where a setting does not stay as it was', async () => {
    const database = await Database.open(fileOf(await freshStore()), 'existing');
    onTestFinished(() => database.close());
    await prepareToRead(database);
    const exec = database.exec.bind(database);
    vi.spyOn(database, 'exec').mockImplementation((sql) =>
      exec(sql.includes('journal_mode') ? `${sql}; PRAGMA synchronous = OFF` : sql),
    );
    await expect(prepareToWrite(database)).rejects.toThrow(/setting synchronous = FULL/);
  });
});
