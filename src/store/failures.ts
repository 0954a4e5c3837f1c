import { dirname } from 'node:path';
import { SteleError, StoreCorruptError, StoreFailedError } from '../contract/errors.ts';
import { causeOf, findCause } from './environment.ts';
import { filesOf } from './files.ts';
import { holderOf } from './lock/lock-holder.ts';
import { locked } from './lock/store-lock.ts';
import { RESULT, resultCode } from './sqlite/codes.ts';

/** Why a store could not be opened. */
export async function openFailure(error: unknown, file: string): Promise<SteleError> {
  if (error instanceof SteleError) return error;
  const code = resultCode(error);
  if (code === RESULT.BUSY) return locked(file, await holderOf(file), error);
  if (isDamage(code)) return damagedFile(file, error);
  const { cause, next } = await findCause(error, dirname(file), filesOf(file));
  return new StoreFailedError(
    `The store ${file} could not be opened: ${cause}. Nothing was answered on it. ${next}; then start again.`,
    error,
  );
}

/** Why registers could not be read. */
export function loadFailure(error: unknown, file: string): SteleError {
  if (error instanceof SteleError) return error;
  if (isDamage(resultCode(error))) return damagedFile(file, error);
  const { cause, next } = causeOf(error);
  return new StoreFailedError(
    `The store ${file} could not be read: ${cause}. The member stops rather than answer without it; nothing that it answered before is lost. ${next}; then start the member again.`,
    error,
  );
}

/**
 * Why a commit failed. It is final: after a failed fsync the system may already have dropped what it could not write, so
 * a second try that succeeds would prove nothing.
 */
export function saveFailure(error: unknown, file: string): StoreFailedError {
  const { cause, next } = causeOf(error);
  return new StoreFailedError(
    `A commit to the store ${file} failed: ${cause}. The disk may or may not hold that last change; nothing was answered on it, and the member stops. ${next}; then start the member again.`,
    error,
  );
}

/** Why the index could not be saved: the disk is full or fails, so a commit would fail next. */
export function indexFailure(error: unknown, file: string): SteleError {
  if (error instanceof SteleError) return error;
  const { cause, next } = causeOf(error);
  return new StoreFailedError(
    `The index of the store ${file} could not be written: ${cause}. Nothing that was saved is lost: the next start rebuilds the index where it has to. The member stops. ${next}; then start the member again.`,
    error,
  );
}

export function closedFailure(file: string): StoreFailedError {
  return new StoreFailedError(`The store ${file} is closed. Nothing was read or written; open it again to use it.`);
}

function damagedFile(file: string, error: unknown): StoreCorruptError {
  return new StoreCorruptError(
    `${file} is damaged, or not a stele store: ${causeOf(error).cause}. The member does not serve from it; the registers are safe with a majority of the others. Check the disk. Do not put an older copy of the store in its place, nor a new one under the same id.`,
    error,
  );
}

function isDamage(code: number | undefined): boolean {
  return code === RESULT.CORRUPT || code === RESULT.NOTADB;
}
