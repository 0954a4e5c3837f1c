import { open, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const STORE_FILE = 'stele.sqlite';
const INDEX_FILE = 'stele-index.sqlite';

export function storeFileOf(dataDir: string): string {
  return join(dataDir, STORE_FILE);
}

/** The index of the store beside it: it can be made anew from the store at any time. */
export function indexFileOf(file: string): string {
  return join(dirname(file), INDEX_FILE);
}

/** SQLite's write-ahead log: its name is the file's, and more. */
export function logOf(file: string): string {
  return `${file}-wal`;
}

/** What SQLite keeps beside the file. The log holds commits that are not in the file yet: part of the store. */
export function sideFilesOf(file: string): string[] {
  return [logOf(file), `${file}-journal`];
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
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ENOTDIR'].includes(String(error.code))) return false;
    throw error;
  }
}

/** Puts a file's bytes, or a directory's list of names, on the disk. */
export async function syncToDisk(path: string, kind: 'file' | 'directory'): Promise<void> {
  // Windows has no handle of a directory to flush; its file systems keep the order of names by themselves.
  if (kind === 'directory' && process.platform === 'win32') return;
  const handle = await open(path, kind === 'file' ? 'r+' : 'r');
  try {
    await handle.sync();
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
