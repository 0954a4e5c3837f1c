import { spawnSync } from 'node:child_process';
import { chmod, chown, cp, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import { snapshotOf } from '../support/snapshot.ts';
import { codeOf } from './code-of.ts';
import {
  accepted,
  change,
  DISK_TIMEOUT_MS,
  fileOf,
  freshDirectory,
  freshStore,
  outputOf,
  startChild,
  withStore,
} from './world.ts';

vi.setConfig({ testTimeout: 2 * DISK_TIMEOUT_MS });

/** Stops a program at the calls that are asked for only, where the kernel can: at all of them it is several times as slow. */
const STRACE = ['-f', '--seccomp-bpf', '-o', '/dev/null'];

const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
const canTrace =
  process.platform === 'linux' &&
  spawnSync('strace', [...STRACE, '-e', 'inject=link:error=EPERM', 'true']).status === 0;

/** Any user but root. */
const STRANGER = 61_234;
const AS_STRANGER = `exec setpriv --reuid=${STRANGER} --regid=${STRANGER} --clear-groups "$@"`;

interface Outcome {
  readonly code: string;
  readonly message: string;
}

async function tryIn(program: 'try-init' | 'try-open', dataDir: string, shellBefore = ':'): Promise<Outcome> {
  return JSON.parse(await outputOf(startChild(program, dataDir, { shellBefore })));
}

/** A shell's word that makes these calls of the program fail, those on one path only where it is given. */
function failing(calls: string, errno: string, path?: string): string {
  const only = path === undefined ? '' : `-P '${path}'`;
  return `exec strace ${STRACE.join(' ')} ${only} -e trace=${calls} -e inject=${calls}:error=${errno} "$@"`;
}

/** A file system in memory, of so many bytes. */
async function mounted(bytes: number): Promise<string> {
  const mount = await freshDirectory();
  expect(spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=755`, 'tmpfs', mount]).status).toBe(0);
  onTestFinished(() => void spawnSync('umount', ['--lazy', mount]));
  return mount;
}

async function savedStore(): Promise<string> {
  const dataDir = await freshStore();
  await withStore(dataDir, (store) => store.save([change('a', accepted('1'))]));
  return dataDir;
}

describe.runIf(isRoot)('a start is told whose the store is, and who runs:', () => {
  test.each([
    ['a directory of another user', async () => undefined, (dataDir: string) => dataDir],
    ['files of another user', (dataDir: string) => chmod(dataDir, 0o755), (dataDir: string) => dataDir],
    [
      'a file of another user in a directory for all',
      async (dataDir: string) => {
        await chmod(dataDir, 0o777);
        await chown(fileOf(dataDir), STRANGER, STRANGER);
      },
      (dataDir: string) => join(dataDir, 'stele-index.sqlite'),
    ],
    [
      'an index of another user, which may only be read',
      async (dataDir: string) => {
        for (const name of ['', 'stele.sqlite', 'stele.lock']) await chown(join(dataDir, name), STRANGER, STRANGER);
        await chmod(join(dataDir, 'stele-index.sqlite'), 0o644);
      },
      (dataDir: string) => join(dataDir, 'stele-index.sqlite'),
    ],
  ])('%s', async (_, prepare, named) => {
    const dataDir = await savedStore();
    await prepare(dataDir);
    const before = await snapshotOf(dataDir);
    const { code, message } = await tryIn('try-open', dataDir, AS_STRANGER);
    expect(code).toBe('STELE_STORE_FAILED');
    expect(message).toContain('EACCES');
    expect(message).toContain(named(dataDir));
    expect(message).toMatch(new RegExp(`owner 0, .*mode 0\\d{3}.* this process runs as user ${STRANGER}`));
    expect(message).toContain('chown');
    expect(await snapshotOf(dataDir)).toEqual(before);
  });

  test('and so is an init', async () => {
    const above = await freshDirectory();
    await chmod(above, 0o755);
    const before = await snapshotOf(above);
    const { code, message } = await tryIn('try-init', join(above, 'store'), AS_STRANGER);
    expect(code).toBe('STELE_STORE_FAILED');
    expect(message).toMatch(new RegExp(`${above} has the owner 0, .* runs as user ${STRANGER}`));
    expect(await snapshotOf(above)).toEqual(before);
  });

  test('and who has the store, though it may send that process no signal', async () => {
    const dataDir = await savedStore();
    await withStore(dataDir, async () => {
      await chmod(dataDir, 0o777);
      for (const name of await readdir(dataDir)) await chmod(join(dataDir, name), 0o666);
      // The other sign is SQLite's own lock, which goes with this.
      await readFile(fileOf(dataDir));
      const { code, message } = await tryIn('try-open', dataDir, AS_STRANGER);
      expect(code).toBe('STELE_STORE_LOCKED');
      expect(message).toContain(`Another process (${process.pid})`);
    });
  });

  test('a store whose file is of another user, who lets everybody write to it, starts', async () => {
    const dataDir = await savedStore();
    expect(spawnSync('chown', ['-R', `${STRANGER}:${STRANGER}`, dataDir]).status).toBe(0);
    await chown(fileOf(dataDir), 0, 0);
    await chmod(fileOf(dataDir), 0o666);
    expect(await tryIn('try-open', dataDir, AS_STRANGER)).toMatchObject({ code: 'opened' });
    expect((await stat(fileOf(dataDir))).mode & 0o777).toBe(0o666);
  });

  test('an init works below a directory of which it may not see the names', async () => {
    const above = await freshDirectory();
    await chmod(above, 0o711);
    const dataDir = join(above, 'store');
    await mkdir(dataDir);
    await chown(dataDir, STRANGER, STRANGER);
    expect(await tryIn('try-init', dataDir, AS_STRANGER)).toEqual({ code: 'made' });
  });

  test('a store that was handed over starts', async () => {
    const dataDir = await savedStore();
    expect(spawnSync('chown', ['-R', `${STRANGER}:${STRANGER}`, dataDir]).status).toBe(0);
    expect(await tryIn('try-open', dataDir, AS_STRANGER)).toMatchObject({ code: 'opened' });
  });

  test('a file system that is mounted read-only', async () => {
    const mount = await mounted(4_194_304);
    await cp(await savedStore(), join(mount, 'store'), { recursive: true });
    expect(spawnSync('mount', ['-o', 'remount,ro', mount]).status).toBe(0);
    const { code, message } = await tryIn('try-open', join(mount, 'store'));
    expect(code).toBe('STELE_STORE_FAILED');
    expect(message).toMatch(new RegExp(`${mount}/store.* mounted read-only \\(EROFS\\)`));
    const init = await tryIn('try-init', join(mount, 'another'));
    expect(init.code).toBe('STELE_STORE_FAILED');
    expect(init.message).toMatch(/mounted read-only \(EROFS\).*There is none there now/);
  });

  test('a disk that is full', async () => {
    const mount = await mounted(200_000);
    await cp(await savedStore(), join(mount, 'store'), { recursive: true });
    await writeFile(join(mount, 'filler'), Buffer.alloc(200_000)).catch(() => undefined);
    for (const outcome of [
      await tryIn('try-open', join(mount, 'store')),
      await tryIn('try-init', join(mount, 'new')),
    ]) {
      expect(outcome.code).toBe('STELE_STORE_FAILED');
      expect(outcome.message).toMatch(/no space is left .*Make room there/);
    }
    expect((await readdir(mount)).sort()).toEqual(['filler', 'store']);
  });
});

describe('a path that cannot be a store is named, with what is wrong with it:', () => {
  test('one that leads through a file', async () => {
    const dataDir = join(await freshDirectory(), 'file');
    await writeFile(dataDir, 'something');
    for (const path of [dataDir, join(dataDir, 'below')]) {
      await expect(openStore({ dataDir: path })).rejects.toThrow(/no store in .*file.* which leads through a file/);
      const { code, message } = await tryIn('try-init', path);
      expect(code).toBe('STELE_STORE_FAILED');
      expect(message).toMatch(/a part of that path is a file and not a directory \(ENOTDIR\)/);
    }
  });

  test('links in a circle', async () => {
    const dataDir = join(await freshDirectory(), 'loop');
    await symlink(dataDir, dataDir);
    await expect(openStore({ dataDir })).rejects.toThrow(/lead in a circle \(ELOOP\)/);
    expect((await tryIn('try-init', dataDir)).message).toMatch(/lead in a circle \(ELOOP\)/);
  });

  test('a name that is too long', async () => {
    const dataDir = join(await freshDirectory(), 'x'.repeat(300));
    await expect(openStore({ dataDir })).rejects.toThrow(/longer than the system takes \(ENAMETOOLONG\)/);
    expect((await tryIn('try-init', dataDir)).message).toMatch(/longer than the system takes \(ENAMETOOLONG\)/);
  });

  test('a directory in the place of a file', async () => {
    for (const name of ['stele.sqlite', 'stele.lock', 'stele-index.sqlite']) {
      const dataDir = await freshStore();
      await withStore(dataDir, async () => undefined);
      await rm(join(dataDir, name));
      await mkdir(join(dataDir, name));
      expect(await codeOf(openStore({ dataDir }))).toBe('STELE_STORE_FAILED');
      await expect(openStore({ dataDir })).rejects.toThrow(/it is a directory, and should be a file \(EISDIR\)/);
    }
  });
});

describe.runIf(canTrace)('a file system that cannot do what a store needs:', () => {
  test.each(['EPERM', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS', 'EINVAL', 'EXDEV'])(
    'without second names (link: %s) an init does without',
    async (errno) => {
      const dataDir = await freshDirectory();
      expect(await tryIn('try-init', dataDir, failing('link,linkat', errno))).toEqual({ code: 'made' });
      expect(await readdir(dataDir)).toEqual(['stele.sqlite']);
      await withStore(dataDir, async ({ identity }) => expect(identity.incarnation).toBe(1));
      expect((await tryIn('try-init', dataDir, failing('link,linkat', errno))).code).toBe('STELE_STORE_EXISTS');
    },
  );

  test('without second names a store is made once, when several try at the same time', async () => {
    const dataDir = await freshDirectory();
    const tries = Array.from({ length: 4 }, () => tryIn('try-init', dataDir, failing('link,linkat', 'EPERM')));
    const codes = (await Promise.all(tries)).map(({ code }) => code).sort();
    expect(codes).toEqual(['STELE_STORE_EXISTS', 'STELE_STORE_EXISTS', 'STELE_STORE_EXISTS', 'made']);
    expect(await readdir(dataDir)).toEqual(['stele.sqlite']);
    await withStore(dataDir, async ({ identity }) => expect(identity.incarnation).toBe(1));
  });

  test.each(['EINVAL', 'EOPNOTSUPP'])(
    'without syncs of directories (%s) it takes no store, and starts none',
    async (errno) => {
      const dataDir = await freshDirectory();
      const init = await tryIn('try-init', dataDir, failing('fsync,fdatasync', errno, dataDir));
      expect(init.code).toBe('STELE_STORE_FAILED');
      expect(init.message).toMatch(
        new RegExp(
          `file system of ${dataDir} cannot put the names .*${errno === 'EINVAL' ? errno : 'ENOTSUP|EOPNOTSUPP'}`,
        ),
      );
      expect(await readdir(dataDir)).toEqual([]);
      const made = await savedStore();
      const before = await snapshotOf(made);
      const start = await tryIn('try-open', made, failing('fsync,fdatasync', errno, made));
      expect(start.code).toBe('STELE_STORE_FAILED');
      expect(start.message).toMatch(/cannot put the names/);
      expect(await snapshotOf(made)).toEqual(before);
    },
  );

  test.each(['ENOLCK', 'EOPNOTSUPP', 'EINVAL'])('without locks (%s) nothing starts', async (errno) => {
    const dataDir = await savedStore();
    const before = await snapshotOf(dataDir);
    const { code, message } = await tryIn('try-open', dataDir, failing('fcntl', errno, join(dataDir, 'stele.lock')));
    expect(code).toBe('STELE_STORE_FAILED');
    expect(message).toMatch(/gives no lock \(E.*a second process could open the store.*local file system/);
    expect(await snapshotOf(dataDir)).toEqual(before);
  });

  test.each(['EAGAIN', 'EACCES', 'EBUSY'])('a lock that something has, which nobody knows (%s)', async (errno) => {
    const dataDir = await savedStore();
    const { code, message } = await tryIn('try-open', dataDir, failing('fcntl', errno, join(dataDir, 'stele.lock')));
    expect(code).toBe('STELE_STORE_LOCKED');
    expect(message).toMatch(/another container or on another machine.*fuser/);
    expect(message).not.toContain('running already');
  });

  test('the names of directories that are there are put on the disk, which a killed init may have made', async () => {
    const above = await freshDirectory();
    const dataDir = join(above, 'a', 'b');
    await mkdir(dataDir, { recursive: true });
    const record = join(await freshDirectory(), 'syncs');
    const traced = `exec strace -f -y --seccomp-bpf -o '${record}' -e trace=fsync,fdatasync "$@"`;
    expect(await tryIn('try-init', dataDir, traced)).toEqual({ code: 'made' });
    const synced = await readFile(record, 'utf8');
    for (const directory of [dataDir, join(above, 'a'), above]) expect(synced).toContain(`<${directory}>`);
  });

  test('without later changes of rights, files are made with the right ones, and open to nobody in between', async () => {
    const dataDir = join(await freshDirectory(), 'above', 'store');
    const calls = 'chmod,fchmod,fchmodat';
    const unchanged = `umask 0; exec strace ${STRACE.join(' ')} -e trace=${calls} -e inject=${calls}:retval=0 "$@"`;
    expect(await tryIn('try-init', dataDir, unchanged)).toEqual({ code: 'made' });
    expect((await tryIn('try-open', dataDir, unchanged)).code).toBe('opened');
    const modes = await Promise.all(
      [join(dataDir, '..'), dataDir, ...(await readdir(dataDir)).map((name) => join(dataDir, name))].map(
        async (path) => (await stat(path)).mode & 0o777,
      ),
    );
    expect(modes).toEqual([0o700, 0o700, ...modes.slice(2).map(() => 0o600)]);
    expect(modes.length).toBeGreaterThan(4);
  });

  test.each([
    ['EDQUOT', 'pwrite64', /no space is left|quota/],
    ['ENOSPC', 'pwrite64', /no space is left/],
    ['EIO', 'pwrite64', /the disk failed to read or to write/],
    ['EIO', 'fsync,fdatasync', /the disk failed to read or to write/],
    ['EIO', 'pread64', /the disk failed to read or to write/],
  ])('%s of %s on a start', async (errno, calls, words) => {
    const dataDir = await savedStore();
    const { code, message } = await tryIn(
      'try-open',
      dataDir,
      failing(calls, errno, calls === 'pread64' ? fileOf(dataDir) : `${fileOf(dataDir)}-wal`),
    );
    expect(code).toBe('STELE_STORE_FAILED');
    expect(message).toMatch(words);
    expect(message).toContain(dataDir);
  });
});
