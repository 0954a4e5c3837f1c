import type { NatsConnection, Subscription } from 'nats';
import { BadInputError, RefusedError } from '../errors.ts';
import { NAME_BYTES_MAX } from '../names.ts';
import { BALLOT_HEADER, OP_ID_HEADER } from '../nats/header-names.ts';
import { natsFaultOf } from '../nats/nats-errors.ts';
import type { Subjects } from '../nats/subjects.ts';
import type { Watch, WatchedDecision } from './types.ts';
import { valueOfBytes } from './values.ts';

const TOKEN = /^(?:\*|[A-Za-z0-9_=/-]+)$/;

/** Subscribes to decisions at once; they wait for the loop. */
export function startWatch(connection: NatsConnection, subjects: Subjects, pattern: string): Watch {
  const problem = problemWithPattern(pattern);
  if (problem !== undefined) throw new BadInputError(problem);
  const subscription = subscribe(connection, subjects.decidedOf(pattern));
  return {
    [Symbol.asyncIterator]: () => decisionsOf(subscription, subjects),
    stop: () => subscription.unsubscribe(),
  };
}

/** What is wrong with a pattern, as a sentence that helps; undefined for a good one. */
export function problemWithPattern(pattern: unknown): string | undefined {
  const rule =
    'use the name of a register, with * for any one token and > at the end for all that follow, such as "orders.>".';
  if (typeof pattern !== 'string' || pattern === '') return `The pattern is empty: ${rule}`;
  if (pattern.length > NAME_BYTES_MAX) return `The pattern is longer than ${NAME_BYTES_MAX} characters: ${rule}`;
  const tokens = pattern.split('.');
  if (tokens.at(-1) === '>') tokens.pop();
  if (!tokens.every((token) => TOKEN.test(token))) return `The pattern is ill-formed: ${rule}`;
  if (pattern.startsWith('_'))
    return `Names that start with _ are reserved, and no decision is ever about one: ${rule}`;
  return undefined;
}

function subscribe(connection: NatsConnection, subject: string): Subscription {
  try {
    return connection.subscribe(subject);
  } catch (error) {
    throw new RefusedError(503, 'The connection to NATS is closed, so nothing can be watched: connect again.', error);
  }
}

/** Whoever leaves the loop ends the subscription: the library sees to that. */
async function* decisionsOf(subscription: Subscription, subjects: Subjects): AsyncGenerator<WatchedDecision, void> {
  try {
    for await (const { subject, data, headers } of subscription) {
      const bytes = new Uint8Array(data);
      yield {
        name: subjects.nameIn(subject),
        value: valueOfBytes(bytes),
        bytes,
        ballot: headers?.get(BALLOT_HEADER) ?? '',
        opId: headers?.get(OP_ID_HEADER) ?? '',
      };
    }
  } catch (error) {
    if (natsFaultOf(error) !== 'permissions') throw error;
    throw new RefusedError(403, 'NATS does not permit this connection to subscribe to these decisions.', error);
  }
}
