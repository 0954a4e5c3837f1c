import { SteleError, StoreFailedError } from '../errors.ts';

/** What a member stops with: the error itself where it has one that says what to do, else that it cannot be trusted any more. */
export function asSteleError(error: unknown): SteleError {
  if (error instanceof SteleError) return error;
  const what = error instanceof Error ? error.message : String(error);
  return new StoreFailedError(`The member stops, because it cannot trust its own state any more: ${what}`, error);
}
