import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { indexFailure, loadFailure, openFailure, saveFailure } from '../../src/store/failures.ts';
import { Database } from '../../src/store/sqlite/database.ts';
import { fileOf, freshDirectory, freshStore } from './world.ts';

/** What SQLite says of the file when it reads all of it. */
async function saidOf(file: string): Promise<unknown> {
  const database = await Database.open(file, 'existing');
  onTestFinished(() => database.close());
  const reading = database.all('SELECT count(*) FROM journal').then(() => database.all('SELECT * FROM identity'));
  return await reading.then(
    () => 'no error',
    (error: unknown) => error,
  );
}

async function garbage(): Promise<string> {
  const file = join(await freshDirectory(), 'some');
  await writeFile(file, 'no database '.repeat(1_000));
  return file;
}

async function cut(): Promise<string> {
  const file = fileOf(await freshStore());
  await truncate(file, 4_096);
  return file;
}

async function held(): Promise<string> {
  const file = fileOf(await freshStore());
  const other = await Database.open(file, 'existing');
  onTestFinished(() => other.close());
  await other.exec('BEGIN EXCLUSIVE');
  return file;
}

describe('what SQLite says of a file', () => {
  test.each([
    ['SQLITE_NOTADB', garbage],
    ['SQLITE_CORRUPT', cut],
  ])('is damage, at a start and while it is read, where it is %s', async (code, make) => {
    const file = await make();
    const error = await saidOf(file);
    expect(error).toMatchObject({ code });
    for (const failure of [await openFailure(error, file), loadFailure(error, file)]) {
      expect(failure).toMatchObject({ code: 'STELE_STORE_CORRUPT', cause: error });
    }
    // A commit that failed is told as that, whatever was the reason; and the index may be made anew.
    for (const failure of [saveFailure(error, file), indexFailure(error, file)]) {
      expect(failure).toMatchObject({ code: 'STELE_STORE_FAILED', cause: error });
    }
  });

  test('is that another has it, at a start, where it is SQLITE_BUSY; at any other time it is a failure', async () => {
    const file = await held();
    const error = await saidOf(file);
    expect(error).toMatchObject({ code: 'SQLITE_BUSY' });
    expect(await openFailure(error, file)).toMatchObject({ code: 'STELE_STORE_LOCKED', cause: error });
    expect(loadFailure(error, file)).toMatchObject({ code: 'STELE_STORE_FAILED', cause: error });
  });
});
