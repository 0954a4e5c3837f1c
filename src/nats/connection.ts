import type { NatsConnection, Status } from 'nats';
import { BadInputError, ConnectionClosedError } from '../contract/errors.ts';
import { natsFaultOf } from '../contract/nats-errors.ts';

/**
 * What a member uses of the connection that it is given. Of its full type two copies of the library need not agree on the rest,
 * and a program may have another copy than stele.
 */
export type GivenConnection = Pick<
  NatsConnection,
  'publish' | 'subscribe' | 'flush' | 'info' | 'status' | 'closed' | 'isClosed' | 'isDraining' | 'services'
>;

/** What the library keeps of the options that a connection was made with; its types do not show it. */
interface WithOptions {
  readonly options?: {
    readonly reconnect?: unknown;
    readonly maxReconnectAttempts?: unknown;
    readonly ignoreAuthErrorAbort?: unknown;
  };
}

const LASTING = '{ maxReconnectAttempts: -1, ignoreAuthErrorAbort: true }';

/**
 * Refuses a connection that a member could not run on, before anything is opened for it.
 * @throws BadInputError for what is no connection; ConnectionClosedError for one that is closed, or about to be.
 */
export function assertUsable(connection: GivenConnection): asserts connection is NatsConnection {
  if (typeof connection?.subscribe !== 'function' || typeof connection.isClosed !== 'function') {
    throw new BadInputError(
      'The option nats is no connection of the library nats: give it what its connect() resolves to.',
    );
  }
  if (!connection.isClosed() && !connection.isDraining()) return;
  const state = connection.isClosed() ? 'closed' : 'draining, and closes soon';
  throw new ConnectionClosedError(
    `The connection to NATS is ${state}. Nothing was opened or changed: give createNode a connection that is open.`,
  );
}

/** Says how a connection gives up on NATS, which a member never should; undefined where it does not, or it cannot be seen. */
export function problemWithLasting(connection: NatsConnection): string | undefined {
  const { options } = connection as WithOptions;
  if (options === undefined) return undefined;
  const { reconnect, maxReconnectAttempts: tries, ignoreAuthErrorAbort } = options;
  const problems: string[] = [];
  if (reconnect === false) problems.push('does not reconnect (reconnect: false)');
  else if (tries !== -1) problems.push(`is given up after ${tries} failed tries to reconnect (maxReconnectAttempts)`);
  if (ignoreAuthErrorAbort !== true)
    problems.push('is given up at the second authentication error (ignoreAuthErrorAbort)');
  if (problems.length === 0) return undefined;
  return `The connection to NATS of this member ${problems.join(', and ')}. The member then stops, and its promise "done" rejects. Connect with ${LASTING}, and it outlasts both.`;
}

/** The failure of a member whose connection was closed. @param reason what the connection was closed with, if anything. */
export function connectionClosed(reason: unknown): ConnectionClosedError {
  return new ConnectionClosedError(
    `The connection to NATS of this member was closed: ${whyClosed(reason)}. The member stops, since it can neither hear nor answer anybody. Nothing that was acknowledged is lost; what was under way is unknown to its clients. Run it again over a new connection, made with ${LASTING}; to stop it in order, drain the member first, then the connection.`,
    reason,
  );
}

function whyClosed(reason: unknown): string {
  if (reason === undefined || reason === null) return 'this process closed or drained it';
  const text = reason instanceof Error ? reason.message : String(reason);
  if (natsFaultOf(reason) === 'authentication') {
    return `NATS does not accept its user, password or token, and the library gave up (${text})`;
  }
  return `the library gave up on reconnecting (${text})`;
}

/** Hands over what a connection says of itself. @returns what ends that. */
export function followStatus(connection: NatsConnection, hear: (status: Status) => void): () => void {
  const statuses: AsyncIterable<Status> & { stop?: () => void } = connection.status();
  let isOver = false;
  const follow = async () => {
    for await (const status of statuses) {
      if (isOver) return;
      hear(status);
    }
  };
  void follow();
  return () => {
    isOver = true;
    // The library has it, its types do not: without it the connection would keep the iterator for good.
    statuses.stop?.();
  };
}

/** Whether a connection is up; followed until it is closed for good, or `stop` is called. It must be up at first. */
export interface Connected {
  readonly isUp: () => boolean;
  readonly stop: () => void;
}

export function followConnected(connection: NatsConnection): Connected {
  let connected = !connection.isClosed();
  const stop = followStatus(connection, ({ type }) => {
    if (type === 'disconnect') connected = false;
    if (type === 'reconnect') connected = true;
  });
  void connection.closed().then(() => {
    connected = false;
  });
  return { isUp: () => connected, stop };
}
