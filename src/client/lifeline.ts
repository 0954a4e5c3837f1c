import { RefusedError } from '../contract/errors.ts';
import type { Connection } from './connection.ts';

/** Who wants to know how a connection fares. */
export interface Follower {
  /**
   * The connection was lost and is back, and what was subscribed to is again.
   * @param downSinceMs the wall clock's time of the loss; undefined where nobody saw it.
   */
  onBack(downSinceMs: number | undefined): void;
  /** The connection is closed for good, by the caller or because NATS turned it away. */
  onClosed(error: RefusedError): void;
}

/** Follows a connection, once for all who ask: what listens to its status can only be let go of when it is closed. */
export class Lifeline {
  static readonly #known = new WeakMap<Connection, Lifeline>();
  readonly #connection: Connection;
  readonly #followers = new Set<Follower>();
  #downSinceMs: number | undefined;

  static of(connection: Connection): Lifeline {
    const known = Lifeline.#known.get(connection) ?? new Lifeline(connection);
    Lifeline.#known.set(connection, known);
    return known;
  }

  private constructor(connection: Connection) {
    this.#connection = connection;
    void this.#listen();
    void connection.closed().then((cause) => this.#end(cause));
  }

  /** @returns what ends it. */
  follow(follower: Follower): () => void {
    this.#followers.add(follower);
    return () => void this.#followers.delete(follower);
  }

  async #listen(): Promise<void> {
    for await (const { type } of this.#connection.status()) {
      if (type === 'disconnect') this.#downSinceMs ??= Date.now();
      if (type === 'reconnect') void this.#tellBack();
    }
  }

  async #tellBack(): Promise<void> {
    try {
      await this.#connection.flush();
    } catch {
      return; // It was lost again meanwhile: another return follows, or the end.
    }
    const downSinceMs = this.#downSinceMs;
    this.#downSinceMs = undefined;
    for (const follower of [...this.#followers]) follower.onBack(downSinceMs);
  }

  #end(cause: unknown): void {
    const error = closedError(cause);
    for (const follower of [...this.#followers]) follower.onClosed(error);
  }
}

export function closedError(cause?: unknown): RefusedError {
  const why = cause instanceof Error ? ` (${cause.message})` : '';
  return new RefusedError(
    503,
    `The connection to NATS is closed for good${why}, so no decision is heard of any more: connect again.`,
    cause,
  );
}
