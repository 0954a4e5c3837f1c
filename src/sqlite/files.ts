import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';

const STORE_FILE = 'stele.sqlite';

export function storeFileOf(dataDir: string): string {
  return join(dataDir, STORE_FILE);
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
