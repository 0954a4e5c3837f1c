import { constants } from 'node:fs';
import { access, chmod, mkdir, open, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StoreFailedError } from '../contract/errors.ts';
import { isErrno } from './sqlite/codes.ts';

const STORE_FILE = 'stele.sqlite';
const INDEX_FILE = 'stele-index.sqlite';
const LOCK_FILE = 'stele.lock';

/** What is in a store is nobody else's business, whatever the umask. */
export const PRIVATE_FILE = 0o600;
const PRIVATE_DIRECTORY = 0o700;

export function storeFileOf(dataDir: string): string {
  return join(dataDir, STORE_FILE);
}

/** The index of the store beside it: it can be made anew from the store at any time. */
export function indexFileOf(file: string): string {
  return join(dirname(file), INDEX_FILE);
}

/** The file that is locked while the store is open. */
export function lockFileOf(file: string): string {
  return join(dirname(file), LOCK_FILE);
}

/** SQLite's write-ahead log: its name is the file's, and more. */
export function logOf(file: string): string {
  return `${file}-wal`;
}

/** What SQLite keeps beside the file. The log holds commits that are not in the file yet: part of the store. */
export function sideFilesOf(file: string): string[] {
  return [logOf(file), rollbackOf(file)];
}

/** What undoes a change that was cut short, before the store had a write-ahead log. */
export function rollbackOf(file: string): string {
  return `${file}-journal`;
}

/** All that a store may be made of. */
export function filesOf(file: string): string[] {
  const index = indexFileOf(file);
  return [file, ...sideFilesOf(file), index, ...sideFilesOf(index), lockFileOf(file)];
}

/**
 * Asks for the name only and never opens the file: closing any descriptor of a file drops all POSIX locks that the
 * process has on it, SQLite's among them (https://sqlite.org/howtocorrupt.html §2.2).
 */
export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isErrno(error) && error.code === 'ENOENT') return false;
    throw error;
  }
}

/**
 * Looks whether this process may write to the directory of a store, and to those of its files that are there.
 * @throws the system's error, with the path, for the first that it may not.
 */
export async function requireWritable(file: string): Promise<void> {
  await access(dirname(file), constants.R_OK | constants.W_OK | constants.X_OK);
  for (const path of filesOf(file)) {
    if (await exists(path)) await access(path, constants.R_OK | constants.W_OK);
  }
}

/** Makes an empty file of this user's alone: SQLite gives the files that it makes beside it the same rights. */
export async function createPrivate(path: string): Promise<void> {
  const handle = await open(path, 'wx', PRIVATE_FILE);
  try {
    await handle.chmod(PRIVATE_FILE);
  } finally {
    await handle.close();
  }
}

/** Takes from others the rights that an earlier stele, or a copy, gave them, where the files are this user's. */
export async function makePrivate(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined);
    if (found === undefined || (found.mode & 0o077) === 0) continue;
    // A file of another user, or a file system without such rights: it is theirs to say who reads it.
    await chmod(path, PRIVATE_FILE).catch(() => undefined);
  }
}

/**
 * Makes a directory with all above it, each of this user's alone, and puts their names on the disk.
 * @param made takes those that it makes, the innermost first, also where it fails after some.
 */
export async function makeDirectory(directory: string, made: string[]): Promise<void> {
  try {
    await makeOne(directory, made);
  } catch (error) {
    if (!isErrno(error) || error.code !== 'ENOENT' || dirname(directory) === directory) throw error;
    await makeDirectory(dirname(directory), made);
    // Once more only: below a link that leads nowhere it is missing for ever.
    await makeOne(directory, made);
  }
}

async function makeOne(directory: string, made: string[]): Promise<void> {
  try {
    await mkdir(directory, PRIVATE_DIRECTORY);
  } catch (error) {
    if (!isErrno(error) || error.code !== 'EEXIST') throw error;
    return await syncNames(directory);
  }
  made.unshift(directory);
  await chmod(directory, PRIVATE_DIRECTORY);
  await syncToDisk(dirname(directory), 'directory');
}

/** Puts the names of directories that are there already on the disk, as far as it may: an init that was killed may have made them. */
async function syncNames(directory: string): Promise<void> {
  for (let at = directory; at !== dirname(at); at = dirname(at)) {
    try {
      await syncToDisk(dirname(at), 'directory');
    } catch {
      return;
    }
  }
}

/** What a file system says that cannot do this at all. */
const NO_SYNC = ['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EBADF', 'EISDIR'];

function noSync(path: string, error: NodeJS.ErrnoException): StoreFailedError {
  return new StoreFailedError(
    `The file system of ${path} cannot put the names of a directory's files on the disk (fsync: ${error.code}), so a power cut could take whole files of a store, with what was answered on them. Nothing is kept there: give a directory on a file system that can (ext4, xfs, btrfs, zfs, APFS).`,
    error,
  );
}

/** Puts a file's bytes, or a directory's list of names, on the disk. */
export async function syncToDisk(path: string, kind: 'file' | 'directory'): Promise<void> {
  // Windows has no handle of a directory to flush; its file systems keep the order of names by themselves.
  if (kind === 'directory' && process.platform === 'win32') return;
  const handle = await open(path, kind === 'file' ? 'r+' : 'r');
  try {
    await handle.sync();
  } catch (error) {
    throw kind === 'directory' && isErrno(error) && NO_SYNC.includes(error.code) ? noSync(path, error) : error;
  } finally {
    await handle.close();
  }
}

/** Bytes read at once. */
const AHEAD_BYTES = 4_194_304;

/**
 * Has the system read a file, from its beginning to its end, so that reading it in any other order then hardly waits for the
 * disk. To be called before SQLite opens the file: see `exists`.
 */
export async function readAhead(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    const bytes = new Uint8Array(AHEAD_BYTES);
    while ((await handle.read(bytes, 0, AHEAD_BYTES)).bytesRead > 0);
  } finally {
    await handle.close();
  }
}
