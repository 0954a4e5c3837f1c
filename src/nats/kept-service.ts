import { ServiceStoppedError, type SteleError } from '../errors.ts';
import { neededPermissions } from './denials.ts';
import { natsFaultOf } from './nats-errors.ts';
import { type RegisterService, type RegisterServiceOptions, startRegisterService } from './service.ts';

export interface KeptServiceOptions extends RegisterServiceOptions {
  /** Told that NATS ended the service as it began: the member cannot be reached. */
  readonly onRefused: (error: SteleError) => void;
}

/** A service that is ended so soon was never permitted; NATS says so within a round trip. */
const BEGINNING_MS = 5_000;
const START_AGAIN_MS = 2_000;

/**
 * The service of a member, started again whenever NATS ends it. The library ends a service as soon as one of its
 * subscriptions is denied: a slip in the permissions of a running cluster must not end all of its members.
 */
export class KeptService {
  readonly #options: KeptServiceOptions;
  #service: RegisterService | undefined;
  #beganMs = 0;
  #hasLasted = false;
  #isOpen = false;
  #isStopped = false;
  #retry: NodeJS.Timeout | undefined;

  private constructor(options: KeptServiceOptions) {
    this.#options = options;
  }

  static async start(options: KeptServiceOptions): Promise<KeptService> {
    const kept = new KeptService(options);
    await kept.#start();
    return kept;
  }

  /** Begins to take requests: see `RegisterService`. */
  open(): void {
    this.#isOpen = true;
    this.#openNow();
  }

  /** Takes no more requests, and resolves once all that came before are answered. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#retry);
    await this.#service?.stop();
  }

  async #start(): Promise<void> {
    const service = await startRegisterService(this.#options);
    this.#service = service;
    this.#beganMs = performance.now();
    void service.stopped.then((cause) => this.#onStopped(cause));
    if (this.#isStopped) await service.stop();
    else if (this.#isOpen) this.#openNow();
  }

  #openNow(): void {
    this.#beganMs = performance.now();
    try {
      this.#service?.open();
    } catch (error) {
      // A connection that is about to close ends the member by itself.
      if (natsFaultOf(error) !== 'closed') throw error;
    }
  }

  #onStopped(cause: Error | null): void {
    const { connection, prefix, onRefused, onFailure } = this.#options;
    if (cause === null || this.#isStopped || connection.isClosed() || connection.isDraining()) return;
    this.#hasLasted ||= performance.now() - this.#beganMs > BEGINNING_MS;
    if (!this.#hasLasted) {
      onRefused(
        new ServiceStoppedError(
          `NATS ended the service of this member (${cause.message}), so it stops; nothing that was decided is lost. A member must be able to ${neededPermissions(prefix)}.`,
          cause,
        ),
      );
      return;
    }
    // What is denied is told of already, with what it hits.
    if (natsFaultOf(cause) !== 'permissions') onFailure?.(cause);
    this.#retry = setTimeout(() => {
      this.#start().catch((error: unknown) => this.#onStopped(asError(error)));
    }, START_AGAIN_MS);
    this.#retry.unref();
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
