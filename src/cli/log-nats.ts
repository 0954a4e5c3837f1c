import type { NatsConnection } from 'nats';
import type { Logger } from 'pino';
import type { Absence } from './absence.ts';

/** Logs what becomes of a member's connection to NATS, until the connection is closed. */
export async function logConnection(log: Logger, connection: NatsConnection, absence: Absence): Promise<void> {
  for await (const { type, data } of connection.status()) {
    switch (type) {
      case 'disconnect':
        log.warn(
          'lost the connection to NATS; nothing is lost, operations wait or are reported unknown; reconnecting for ever',
        );
        absence.begin(false);
        break;
      case 'reconnect':
        absence.end();
        log.info({ server: data }, `connected to NATS again, at ${data}`);
        break;
      case 'ldm':
        log.warn('the NATS server is about to shut down; moving to another one, or waiting for it to return');
        break;
      case 'error':
        log.error(`NATS reports an error: ${data}`);
        break;
    }
  }
  absence.end();
}
