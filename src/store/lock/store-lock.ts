import { close, fchmod, fstat, ftruncate, open, writeSync } from 'node:fs';
import { rename, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { StoreFailedError, StoreLockedError } from '../../contract/errors.ts';
import { lockFileOf, PRIVATE_FILE } from '../files.ts';
import { isErrno, systemCode } from '../sqlite/codes.ts';
import { fileLocks } from '../sqlite/driver.ts';
import { holderOf, ownName } from './lock-holder.ts';

/**
 * The byte that is locked: far behind the end of any file, as Windows keeps others from reading what is locked, and where
 * SQLite never looks.
 */
const OWN_BYTE = { offset: 2 ** 52, length: 1 };
/** What SQLite locks of a database (https://sqlite.org/src/file?name=src/os.h, `PENDING_BYTE`). */
const SQLITE_BYTES = { offset: 2 ** 30, length: 512 };

/**
 * The lock of a store, held for the life of the process or until it is released. It is on a file of its own, and on a byte
 * of the store as well: so it holds when one of the two is removed or replaced. SQLite's own locks are no match for it: they
 * are gone as soon as anything in the process closes a descriptor of the file, a copy for a backup among others
 * (https://sqlite.org/howtocorrupt.html §2.2).
 */
export class StoreLock {
  readonly #file: string;
  readonly #store: LockedFile;
  #own: LockedFile | undefined;
  #isClaimed = false;

  private constructor(file: string, store: LockedFile, own: LockedFile | undefined) {
    this.#file = file;
    this.#store = store;
    this.#own = own;
  }

  /**
   * Takes the lock of a store, changing nothing.
   * @throws StoreLockedError where another has it. StoreFailedError where the file system gives no locks.
   */
  static async take(file: string): Promise<StoreLock> {
    // First, and without touching the store: where it is this process that has it open, closing a descriptor of the store
    // would take SQLite's locks away.
    const own = await openIfThere(lockFileOf(file));
    let store: LockedFile | undefined;
    try {
      await own?.lock(file);
      store = await LockedFile.open(file, 'r+');
      await store.lock(file);
      // Whoever has it open in SQLite alone: a stele from before there was this lock, or a shell.
      await store.lock(file, SQLITE_BYTES);
      return new StoreLock(file, store, own);
    } catch (error) {
      await store?.close();
      await own?.close();
      throw error;
    }
  }

  /** Lets SQLite take its own locks: a second net. */
  leaveToSqlite(): void {
    this.#store.unlock(SQLITE_BYTES);
  }

  /** Says who has the store, in the file that it makes where it is missing. To be called once nothing refuses the start. */
  async claim(): Promise<void> {
    this.#own ??= await this.#make();
    this.#isClaimed = true;
    await this.#own.write(ownName());
  }

  /** To be called once SQLite has closed the store. */
  async release(): Promise<void> {
    if (this.#isClaimed) await this.#own?.write('').catch(() => undefined);
    await this.#store.close();
    await this.#own?.close();
  }

  /** It has its name once it is locked, so nobody else can lock it first: whoever has the byte of the store makes it. */
  async #make(): Promise<LockedFile> {
    const path = lockFileOf(this.#file);
    const own = await LockedFile.open(`${path}.new`, 'w');
    try {
      await own.lock(this.#file);
      await rename(`${path}.new`, path);
      return own;
    } catch (error) {
      await own.close();
      throw error;
    }
  }
}

/** A file that is open for the sake of its locks. By a plain number, which no garbage collection closes. */
export class LockedFile {
  readonly #path: string;
  readonly #descriptor: number;

  private constructor(path: string, descriptor: number) {
    this.#path = path;
    this.#descriptor = descriptor;
  }

  static async open(path: string, flags: 'r+' | 'w'): Promise<LockedFile> {
    const descriptor = await promisify(open)(path, flags, PRIVATE_FILE);
    // Whatever the umask made of that.
    if (flags === 'w') await promisify(fchmod)(descriptor, PRIVATE_FILE);
    return new LockedFile(path, descriptor);
  }

  /**
   * Takes a lock at once.
   * @param file the store that is locked by it.
   * @throws StoreLockedError where another has it. StoreFailedError where the file system gives no locks.
   */
  async lock(file: string, { offset, length } = OWN_BYTE): Promise<void> {
    if (!this.#tryLock(offset, length)) throw locked(file, await holderOf(file));
  }

  /** Whether its path still leads to it. */
  async isStillThere(): Promise<boolean> {
    const found = await stat(this.#path, { bigint: true }).catch(() => undefined);
    const own = await promisify(fstat)(this.#descriptor, { bigint: true });
    return found?.ino === own.ino && found.dev === own.dev;
  }

  #tryLock(offset: number, length: number): boolean {
    try {
      return fileLocks().tryLock(this.#descriptor, offset, length);
    } catch (error) {
      const code = systemCode(error);
      if (code === undefined) throw error;
      if (code === 'EACCES' || code === 'EBUSY') return false;
      throw new StoreFailedError(
        `The file system of ${this.#path} gives no lock (${code}), as some network file systems do not. Without one a second process could open the store beside the first, and ruin it, so the member does not start; nothing was changed. Put the directory on a local file system (ext4, xfs, APFS, NTFS), or mount this one with locks.`,
        error,
      );
    }
  }

  unlock({ offset, length }: typeof OWN_BYTE): void {
    fileLocks().unlock(this.#descriptor, offset, length);
  }

  async write(text: string): Promise<void> {
    await promisify(ftruncate)(this.#descriptor, 0);
    if (text !== '') writeSync(this.#descriptor, text, 0);
  }

  async close(): Promise<void> {
    await promisify(close)(this.#descriptor);
  }
}

async function openIfThere(path: string): Promise<LockedFile | undefined> {
  try {
    return await LockedFile.open(path, 'r+');
  } catch (error) {
    if (isErrno(error) && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** @param holder who has it, as far as can be told. */
export function locked(file: string, holder: string | undefined, cause?: unknown): StoreLockedError {
  const next =
    holder === undefined
      ? `Something has the store ${file} locked, and this machine does not tell what: this member in another container or on another machine that shares the directory, another program that reads the file, or a network file system that keeps the lock of a machine that is gone. Nothing was changed. Find it ("fuser ${file}" on each machine, or the file server's list of locks) and stop it, or leave it running; then start again.`
      : `${holder} has the store ${file} open: this member is running already. A store is open once at a time; nothing was changed. Leave the running member as it is, or stop it before you start it anew.`;
  return new StoreLockedError(next, cause);
}
