import { readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exists } from '../../src/store/files.ts';
import { Database } from '../../src/store/sqlite/database.ts';
import { codeOf } from './code-of.ts';
import { freshDirectory } from './world.ts';

test('a file of which the system does not say whether it is there is not taken to be missing', async () => {
  const loop = join(await freshDirectory(), 'loop');
  expect(await exists(loop)).toBe(false);
  await symlink(loop, loop);
  expect(await codeOf(exists(loop))).toBe('ELOOP');
});

test('a database that is to be there already is not made where it is missing', async () => {
  const directory = await freshDirectory();
  expect(await codeOf(Database.open(join(directory, 'lost'), 'existing'))).toBe('SQLITE_CANTOPEN');
  expect(await readdir(directory)).toEqual([]);
});
