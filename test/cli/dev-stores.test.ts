import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { prepareStores } from '../../src/cli/dev/stores.ts';
import { BadInputError } from '../../src/contract/errors.ts';
import { temporaryDirectory } from './support.ts';

test('a new directory gets as many stores as are asked for, or the usual number', async () => {
  const data = await temporaryDirectory();
  expect(await prepareStores(join(data, 'five'), 5, 3)).toEqual(['n1', 'n2', 'n3', 'n4', 'n5']);
  expect(await prepareStores(join(data, 'usual'), undefined, 3)).toEqual(['n1', 'n2', 'n3']);
  expect((await readdir(join(data, 'usual'))).sort()).toEqual(['cluster.json', 'n1', 'n2', 'n3']);
});

test('a directory keeps its number of members: another one is refused, and none means that one', async () => {
  const data = await temporaryDirectory();
  await prepareStores(data, 5, 3);
  expect(await prepareStores(data, undefined, 3)).toHaveLength(5);
  await expect(prepareStores(data, 3, 3)).rejects.toThrow(/holds a cluster of 5 .* and --nodes asks for 3/);
  expect(await prepareStores(data, 5, 3)).toHaveLength(5);
});

test('a store that was lost does not come back as an empty one', async () => {
  const data = await temporaryDirectory();
  await prepareStores(data, 3, 3);
  await rm(join(data, 'n2'), { recursive: true });
  await prepareStores(data, 3, 3);
  expect(await readdir(data)).not.toContain('n2');
});

test('a first run that was interrupted is finished by the next', async () => {
  const data = await temporaryDirectory();
  await prepareStores(data, 3, 3);
  await rm(join(data, 'n3'), { recursive: true });
  await writeFile(join(data, 'cluster.json'), JSON.stringify({ members: ['n1', 'n2', 'n3'], complete: false }));
  await prepareStores(data, undefined, 3);
  expect(await readdir(join(data, 'n3'))).not.toEqual([]);
});

test('stores that it did not make are left alone', async () => {
  const data = await temporaryDirectory();
  await mkdir(join(data, 'n1'));
  await expect(prepareStores(data, 3, 3)).rejects.toThrow(BadInputError);
  expect(await readdir(join(data, 'n1'))).toEqual([]);
});

test('a cluster file that cannot be read is an error that names it', async () => {
  const data = await temporaryDirectory();
  await writeFile(join(data, 'cluster.json'), '{"members":');
  await expect(prepareStores(data, 3, 3)).rejects.toThrow(/cluster\.json is not what/);
});

test('a directory that cannot be made or written says why', async () => {
  const data = await temporaryDirectory();
  await writeFile(join(data, 'file'), '');
  for (const [path, reason] of [
    [join(data, 'file'), /it is a file|a part of the path is a file/],
    [join(data, 'file', 'below'), /a part of the path is a file/],
    [join(data, 'x'.repeat(300)), /the path is too long/],
  ] as const) {
    const refused = await prepareStores(path, 3, 3).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(BadInputError);
    expect((refused as Error).message).toMatch(reason);
  }
});
