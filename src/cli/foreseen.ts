import { RefusedError, SteleError, UnavailableError } from '../contract/errors.ts';
import { deniedBy, natsFaultOf } from '../contract/nats-errors.ts';

const OF_THE_SYSTEM: ReadonlyMap<string, string> = new Map([
  ['EMFILE', 'This process has too many files open: raise the limit (ulimit -n), and try again.'],
  ['ENFILE', 'This machine has too many files open: end what is not needed, and try again.'],
  ['ENOMEM', 'This machine has no memory left: end what is not needed, and try again.'],
  ['EAGAIN', 'This machine cannot start another process now: end what is not needed, and try again.'],
]);

/** Gives an error of NATS or of the system, which anyone can meet, the sentence that it lacks; any other comes back as it is. */
export function foreseen(error: unknown): unknown {
  if (error instanceof SteleError || !(error instanceof Error)) return error;
  switch (natsFaultOf(error)) {
    case 'permissions':
      return new RefusedError(403, notPermitted(error), error);
    case 'authentication':
      return new RefusedError(403, 'NATS turned this user away in the middle of it: look at the credentials.', error);
    case 'closed':
      return new UnavailableError(
        'The connection to NATS was lost, and there was no answer by then. Try again.',
        error,
      );
    default:
      return ofTheSystem(error);
  }
}

function notPermitted(error: unknown): string {
  const denied = deniedBy(error);
  const what = denied === undefined ? 'what this command needs' : `to ${denied.operation} on ${denied.subject}`;
  return `NATS does not permit this user ${what}, so there is no answer. Permit it on the NATS server, or give another user.`;
}

function ofTheSystem(error: NodeJS.ErrnoException): Error {
  const sentence = OF_THE_SYSTEM.get(error.code ?? '');
  return sentence === undefined ? error : new UnavailableError(sentence, error);
}
