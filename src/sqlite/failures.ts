import sqlite3 from 'sqlite3';
import { SteleError, StoreCorruptError, StoreFailedError, StoreLockedError } from '../errors.ts';
import { resultCode } from './database.ts';
import { lockHolder } from './lock-holder.ts';

/** Why a store could not be opened. */
export async function openFailure(error: unknown, file: string): Promise<SteleError> {
  if (error instanceof SteleError) return error;
  const code = resultCode(error);
  if (code === sqlite3.BUSY || code === sqlite3.LOCKED) {
    return new StoreLockedError(
      `${holderOf(await lockHolder(file))} has the store ${file} open: this member is running already. A store is open once at a time; nothing was changed. Leave the running member as it is, or stop it before you start it anew.`,
      error,
    );
  }
  if (isDamage(code)) return damagedFile(file, error);
  return new StoreFailedError(
    `The store ${file} could not be opened: ${reasonOf(error)}. Nothing was answered on it. Check that the directory can be written to, and the space and health of its disk; then start again.`,
    error,
  );
}

/** Why registers could not be read. */
export function loadFailure(error: unknown, file: string): SteleError {
  if (error instanceof SteleError) return error;
  if (isDamage(resultCode(error))) return damagedFile(file, error);
  return new StoreFailedError(
    `The store ${file} could not be read: ${reasonOf(error)}. The member stops rather than answer without it; nothing that it answered before is lost. Check the health of the disk, then start the member again.`,
    error,
  );
}

/**
 * Why a commit failed. It is final: after a failed fsync the system may already have dropped what it could not write, so
 * a second try that succeeds would prove nothing.
 */
export function saveFailure(error: unknown, file: string): StoreFailedError {
  return new StoreFailedError(
    `A commit to the store ${file} failed: ${reasonOf(error)}. The disk may or may not hold that last change; nothing was answered on it, and the member stops. Check the space and the health of the disk, then start the member again.`,
    error,
  );
}

/** Why the index could not be brought up to the journal: the disk is full or fails, so a commit would fail next. */
export function foldFailure(error: unknown, file: string): SteleError {
  if (error instanceof SteleError) return error;
  return new StoreFailedError(
    `The index of the store ${file} could not be written: ${reasonOf(error)}. Nothing that was saved is lost: the next start makes the index anew where it has to. The member stops. Check the space and the health of the disk, then start the member again.`,
    error,
  );
}

export function closedFailure(file: string): StoreFailedError {
  return new StoreFailedError(`The store ${file} is closed. Nothing was read or written; open it again to use it.`);
}

function damagedFile(file: string, cause: unknown): StoreCorruptError {
  return new StoreCorruptError(
    `${file} is damaged, or not a stele store: ${reasonOf(cause)}. The member does not serve from it; the registers are safe with a majority of the others. Check the disk. Do not put an older copy of the store in its place, nor a new one under the same id.`,
    cause,
  );
}

function holderOf(pid: number | undefined): string {
  if (pid === process.pid) return `This very process (${pid})`;
  return pid === undefined ? 'Another process' : `Another process (${pid})`;
}

function isDamage(code: number | undefined): boolean {
  return code === sqlite3.CORRUPT || code === sqlite3.NOTADB;
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
