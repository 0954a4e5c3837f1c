import type { NatsConnection } from 'nats';

/** Follows whether a connection is up, until it is closed for good. It must be up now. */
export function isConnected(connection: NatsConnection): () => boolean {
  let connected = !connection.isClosed();
  const follow = async () => {
    for await (const { type } of connection.status()) {
      if (type === 'disconnect') connected = false;
      if (type === 'reconnect') connected = true;
    }
  };
  void follow();
  void connection.closed().then(() => {
    connected = false;
  });
  return () => connected;
}
