import { ProtocolBrokenError, SteleError, StoreFailedError } from '../contract/errors.ts';
import { InvariantError } from '../protocol/invariant.ts';

/**
 * Says what a member stops with: the error itself where it has one that says what to do. A broken rule of the protocol is
 * told apart from a failed disk, so that nobody looks for a bug of stele on the disk.
 */
export function asSteleError(error: unknown): SteleError {
  if (error instanceof SteleError) return error;
  const what = error instanceof Error ? error.message : String(error);
  if (error instanceof InvariantError) {
    return new ProtocolBrokenError(
      `The member stops, because a rule of the protocol was found broken: ${what} What was decided stays on the disks. Report it with this message and the member's log; the other members go on.`,
      error,
    );
  }
  return new StoreFailedError(`The member stops, because it cannot trust its own state any more: ${what}`, error);
}
