import type { NatsConnection } from 'nats';
import type { Logger } from 'pino';
import { deniedIn, natsFaultOf, natsFaultOfCode } from '../nats/nats-errors.ts';
import { withoutCredentials } from './connection.ts';

/** Logs what becomes of a member's connection to NATS, until the connection is closed. */
export async function logConnection(log: Logger, connection: NatsConnection): Promise<void> {
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
        break;
      case 'reconnect':
        isLost = false;
        lastError = undefined;
        log.info({ server: withoutCredentials(String(data)) }, `connected to NATS again, at ${data}`);
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
}

function natsError(code: unknown): string {
  return natsFaultOfCode(code) === 'authentication' ? turnedAway(code) : `NATS reports an error: ${code}`;
}

function turnedAway(code: unknown): string {
  return `NATS does not accept the credentials of this member (authentication error ${code}); nothing is lost, and it tries for ever: once its user, password, token or key is right, in NATS or in what this command was given, it goes on`;
}

/** While the first connection is awaited, says now and then that it is, and why: at once where that changes. */
export class WaitingLog {
  readonly #log: Logger;
  readonly #servers: string;
  readonly #first: NodeJS.Timeout;
  readonly #again: NodeJS.Timeout;
  #why: string;
  #isDue = false;

  constructor(log: Logger, urls: string) {
    this.#log = log;
    this.#servers = withoutCredentials(urls);
    this.#why = this.#silent();
    this.#first = setTimeout(() => this.#say(), 2_000);
    this.#again = setInterval(() => this.#say(), 30_000);
  }

  stop(): void {
    clearTimeout(this.#first);
    clearInterval(this.#again);
  }

  /** Notes that a try failed. */
  failed(error: unknown): void {
    const why = this.#whyOf(error);
    if (why === this.#why) return;
    this.#why = why;
    if (this.#isDue) this.#say();
  }

  #say(): void {
    this.#isDue = true;
    this.#log.warn(this.#why);
  }

  #whyOf(error: unknown): string {
    const { code = '', message = '' } = error as { code?: unknown; message?: string };
    if (natsFaultOf(error) === 'authentication') return turnedAway(code);
    if (UNANSWERED.has(String(code))) return this.#silent();
    return `no NATS server at ${this.#servers} lets this member in yet: ${message}; trying for ever (--nats names others)`;
  }

  #silent(): string {
    return `no NATS server answers yet at ${this.#servers}; trying for ever (--nats names others)`;
  }
}

/** With these nobody answered at all. */
const UNANSWERED: ReadonlySet<string> = new Set(['CONNECTION_REFUSED', 'TIMEOUT', 'CONNECTION_TIMEOUT', 'DISCONNECT']);
