import type { NatsConnection, Status } from 'nats';

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
