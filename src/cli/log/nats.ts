import type { NatsConnection } from 'nats';
import type { Logger } from 'pino';
import { deniedIn, natsFaultOfCode } from '../../contract/nats-errors.ts';
import type { Absence } from '../connect/absence.ts';

/** Logs what becomes of a member's connection to NATS, until the connection is closed. */
export async function logConnection(log: Logger, connection: NatsConnection, absence: Absence): Promise<void> {
  // Each failed try to reconnect says again that the connection is lost, and why.
  let isLost = false;
  let lastError: unknown;
  for await (const status of connection.status()) {
    const { type, data } = status;
    switch (type) {
      case 'disconnect':
        if (isLost) break;
        isLost = true;
        log.warn(
          'lost the connection to NATS; nothing is lost, operations wait or are reported unknown; reconnecting for ever',
        );
        absence.begin(false);
        break;
      case 'reconnect':
        isLost = false;
        lastError = undefined;
        absence.end();
        log.info({ server: data }, `connected to NATS again, at ${data}`);
        break;
      case 'ldm':
        log.warn('the NATS server is about to shut down; moving to another one, or waiting for it to return');
        break;
      case 'error':
        // What is denied is trouble of the member's, which is logged with what it hits.
        if (deniedIn(status) !== undefined || data === lastError) break;
        lastError = data;
        log.error({ code: data }, natsError(data));
        break;
    }
  }
  absence.end();
}

function natsError(code: unknown): string {
  return natsFaultOfCode(code) === 'authentication' ? turnedAway(code) : `NATS reports an error: ${code}`;
}

function turnedAway(code: unknown): string {
  return `NATS does not accept the credentials of this member (authentication error ${code}); nothing is lost, and it tries for ever: once its user, password, token or key is right, in NATS or in what this command was given, it goes on`;
}
