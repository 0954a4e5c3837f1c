import { BadInputError, RefusedError } from '../contract/errors.ts';
import { BALLOT_HEADER, OP_ID_HEADER } from '../contract/header-names.ts';
import { natsFaultOf } from '../contract/nats-errors.ts';
import type { Subjects } from '../contract/subjects.ts';
import type { Connection, Message } from './connection.ts';
import { closedError, Lifeline } from './lifeline.ts';
import { Mailbox } from './mailbox.ts';
import { problemWithPattern } from './pattern.ts';
import type { Watch, WatchItem } from './types.ts';

/** Subscribes to decisions at once; they wait for the loop. */
export function startWatch(
  connection: Connection,
  subjects: Subjects,
  pattern: string,
  decode: (bytes: Uint8Array) => unknown,
): Watch {
  const problem = problemWithPattern(pattern);
  if (problem !== undefined) throw new BadInputError(problem);
  const startedMs = Date.now();
  const mailbox = new Mailbox<WatchItem>();
  const subscription = subscribe(connection, subjects.decidedOf(pattern), {
    onMessage: ({ subject, data, headers }) => {
      const ballot = headers?.get(BALLOT_HEADER) ?? '';
      // Members send no decision without its ballot: somebody else may publish there too.
      if (ballot === '') return;
      const bytes = new Uint8Array(data);
      const winner = headers?.get(OP_ID_HEADER) ?? '';
      const name = subjects.nameIn(subject);
      mailbox.put({ type: 'decided', name, value: decode(bytes), bytes, ballot, winner, opId: winner });
    },
    onRefused: (error) => mailbox.end({ error }),
  });
  const unfollow = Lifeline.of(connection).follow({
    onBack: (downSinceMs = startedMs) => {
      const fromMs = Math.max(startedMs, downSinceMs);
      mailbox.put({ type: 'gap', name: undefined, value: undefined, fromMs, toMs: Date.now() });
    },
    onClosed: (error) => mailbox.end({ error }),
  });
  const stop = () => {
    mailbox.end();
    unfollow();
    subscription.unsubscribe();
  };
  let isTaken = false;
  return {
    [Symbol.asyncIterator]() {
      if (isTaken) throw new BadInputError('Another loop goes over this watch already: start a watch for each.');
      isTaken = true;
      return untilLeft(mailbox, stop);
    },
    stop,
  };
}

/** Whoever leaves the loop ends the subscription. */
async function* untilLeft(mailbox: Mailbox<WatchItem>, stop: () => void): AsyncGenerator<WatchItem, void> {
  try {
    yield* mailbox.items();
  } finally {
    stop();
  }
}

/**
 * Subscribes, and tells the two things that a subscription may bring apart.
 * @throws RefusedError where the connection is closed.
 */
export function subscribe(
  connection: Connection,
  subject: string,
  hear: { onMessage(message: Message): void; onRefused(error: unknown): void },
): { unsubscribe(): void } {
  try {
    return connection.subscribe(subject, {
      callback: (error, message) => (error === null ? hear.onMessage(message) : hear.onRefused(refusalOf(error))),
    });
  } catch (error) {
    throw natsFaultOf(error) === 'closed' ? closedError(error) : error;
  }
}

function refusalOf(error: Error): unknown {
  if (natsFaultOf(error) !== 'permissions') return error;
  return new RefusedError(403, 'NATS does not permit this connection to subscribe to these decisions.', error);
}
