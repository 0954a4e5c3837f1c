import { spawnSync } from 'node:child_process';
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, test } from 'vitest';
import { initStore } from '../../src/node/index.ts';
import { snapshotOf } from '../support/snapshot.ts';
import { temporaryDirectory } from './support.ts';

const ROOT = join(import.meta.dirname, '../..');
const LIMIT_MS = 60_000;

/** What the package compiles to; types are another test's. */
let built: string;

beforeAll(async () => {
  built = join(await temporaryDirectory(), 'dist');
  const { module, target } = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  const compilerOptions = { module, target, verbatimModuleSyntax: true, rewriteRelativeImportExtensions: true };
  for (const name of await readdir(join(ROOT, 'src'), { recursive: true })) {
    if (!name.endsWith('.ts')) continue;
    const { outputText } = ts.transpileModule(await readFile(join(ROOT, 'src', name), 'utf8'), { compilerOptions });
    const path = join(built, name.replace(/ts$/, 'js'));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, outputText);
  }
}, LIMIT_MS);

/** An installation of stele as a package, with all that it needs but for one package, which `make` may put there instead. */
async function installedWithout(missing: string, make?: (directory: string) => Promise<void>): Promise<string> {
  const project = await temporaryDirectory();
  const modules = join(project, 'node_modules');
  const stele = join(modules, 'stele');
  await mkdir(stele, { recursive: true });
  await cp(built, join(stele, 'dist'), { recursive: true });
  await cp(join(ROOT, 'package.json'), join(stele, 'package.json'));
  for (const name of await readdir(join(ROOT, 'node_modules'))) {
    if (name === missing || name.startsWith('.')) continue;
    await symlink(join(ROOT, 'node_modules', name), join(modules, name));
  }
  await make?.(join(modules, missing));
  return project;
}

/** `sqlite3` with something else in the place of its binary, or nothing. */
function sqlite3With(binary: Buffer | undefined) {
  return async (directory: string) => {
    await mkdir(join(directory, 'build', 'Release'), { recursive: true });
    for (const part of ['package.json', 'lib']) {
      await cp(join(ROOT, 'node_modules/sqlite3', part), join(directory, part), { recursive: true });
    }
    if (binary !== undefined) await writeFile(join(directory, 'build/Release/node_sqlite3.node'), binary);
  };
}

function stele(project: string, ...args: string[]) {
  const main = join(project, 'node_modules/stele/dist/cli/main.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

function script(project: string, text: string) {
  return spawnSync(process.execPath, ['--input-type=module', '-e', text], { cwd: project, encoding: 'utf8' });
}

describe.each([
  [
    'is not installed',
    'sqlite3',
    undefined,
    /sqlite3, .* is not installed.*npm install sqlite3.*pnpm add.*yarn add.*bun add/,
  ],
  [
    'was not built',
    'sqlite3',
    sqlite3With(undefined),
    /sqlite3, .* does not load \(its binary was not built\).*npm rebuild sqlite3 --ignore-scripts=false.*pnpm approve-builds.*yarn rebuild.*bun pm trust/,
  ],
  [
    'was built for another system',
    'sqlite3',
    sqlite3With(Buffer.from('not a shared object, but long enough to be looked at as one')),
    /sqlite3, .* does not load \(.*(invalid ELF header|file too short|slice is not valid).*npm rebuild/,
  ],
  [
    'is not installed',
    'fs-native-extensions',
    undefined,
    /fs-native-extensions, .* is not installed.*install the package again/,
  ],
  [
    'has no binary for this machine',
    'fs-native-extensions',
    async (directory: string) => {
      const isWanted = (path: string) => !path.includes('prebuilds');
      await cp(join(ROOT, 'node_modules/fs-native-extensions'), directory, { recursive: true, filter: isWanted });
    },
    /fs-native-extensions, .* does not load \(.*Cannot find addon.*x64 and arm64/,
  ],
])('a package that a store needs %s (%s)', { timeout: LIMIT_MS }, (_, missing, make, words) => {
  test('so init, node and dev say so in a sentence, exit with 5, and change nothing', async () => {
    const project = await installedWithout(missing, make);
    const data = await temporaryDirectory();
    await initStore({ dataDir: join(data, 'made'), member: 'n1', members: ['n1'] });
    const before = await snapshotOf(data);
    for (const args of [
      ['init', '--id', 'n1', '--members', 'n1', '--data', join(data, 'new')],
      ['node', '--data', join(data, 'made'), '--log-format', 'json'],
      ['dev', '--data', join(data, 'dev')],
    ]) {
      const { status, stdout, stderr } = stele(project, ...args);
      expect({ status, said: stdout + stderr }).toEqual({ status: 5, said: expect.stringMatching(words) as string });
      expect(stdout + stderr).not.toMatch(/unforeseen|\n {4}at |→/);
    }
    expect(await snapshotOf(data)).toEqual(before);
  });

  test('and the rest works: the library, the commands of clients, an import of stele/node', async () => {
    const project = await installedWithout(missing, make);
    expect(stele(project, 'read', 'a', '--nats', 'nats://127.0.0.1:1').status).toBe(3);
    expect(stele(project, 'node', '--help').status).toBe(0);
    const { status, stdout, stderr } = script(
      project,
      `import { createRegisters } from 'stele';
      const { createNode, initStore } = await import('stele/node').catch((error) => console.log('not imported', error));
      const told = (error) => console.log(error.name, error.code);
      await initStore({ dataDir: 'store', member: 'n1', members: ['n1'] }).catch(told);
      await createNode({ nats: {}, dataDir: 'store' }).catch(() => console.log('refused'));
      console.log(typeof createRegisters);`,
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toBe('DriverMissingError STELE_DRIVER_MISSING\nrefused\nfunction\n');
  });
});

test('without its driver the package is installed all the same: it is an optional dependency', async () => {
  const { default: manifest } = await import('../../package.json', { with: { type: 'json' } });
  expect(Object.keys(manifest.optionalDependencies)).toEqual(['sqlite3']);
  expect(Object.keys(manifest.dependencies)).not.toContain('sqlite3');
});
