import type { NatsConnection } from 'nats';
import type { Logger } from 'pino';
import { withoutCredentials } from './connection.ts';

/** Logs what becomes of a member's connection to NATS, until the connection is closed. */
export async function logConnection(log: Logger, connection: NatsConnection): Promise<void> {
  for await (const { type, data } of connection.status()) {
    switch (type) {
      case 'disconnect':
        log.warn(
          'lost the connection to NATS; nothing is lost, operations wait or are reported unknown; reconnecting for ever',
        );
        break;
      case 'reconnect':
        log.info({ server: withoutCredentials(String(data)) }, `connected to NATS again, at ${data}`);
        break;
      case 'ldm':
        log.warn('the NATS server is about to shut down; moving to another one, or waiting for it to return');
        break;
      case 'error':
        log.error(`NATS reports an error: ${data}`);
        break;
    }
  }
}

/** While the first connection is awaited, says now and then that it is. */
export function logWaiting(log: Logger, urls: string): { stop(): void } {
  const say = () =>
    log.warn(`no NATS server answers yet at ${withoutCredentials(urls)}; trying for ever (--nats names others)`);
  const first = setTimeout(say, 2_000);
  const again = setInterval(say, 30_000);
  return {
    stop: () => {
      clearTimeout(first);
      clearInterval(again);
    },
  };
}
