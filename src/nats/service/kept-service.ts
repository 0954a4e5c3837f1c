import { ServiceStoppedError, type SteleError } from '../../contract/errors.ts';
import { deniedIn, natsFaultOf } from '../../contract/nats-errors.ts';
import { subjectsOf } from '../../contract/subjects.ts';
import { followStatus } from '../connection.ts';
import { neededPermissions } from '../denials.ts';
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
  #takesWrites = false;
  #isStopped = false;
  #retry: NodeJS.Timeout | undefined;
  #unfollow: () => void = () => undefined;

  private constructor(options: KeptServiceOptions) {
    this.#options = options;
  }

  static async start(options: KeptServiceOptions): Promise<KeptService> {
    const kept = new KeptService(options);
    await kept.#start();
    kept.#follow();
    return kept;
  }

  /** Begins to take requests: see `RegisterService`. */
  open(): void {
    this.#isOpen = true;
    this.#openNow();
  }

  /** Begins or ceases to take writes: see `RegisterService`. */
  takeWrites(takes: boolean): void {
    this.#takesWrites = takes;
    if (this.#isOpen) this.#begin((service) => service.takeWrites(takes));
  }

  /** Takes no more requests, and resolves once all that came before are answered. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#retry);
    this.#unfollow();
    await this.#service?.stop();
  }

  async #start(): Promise<void> {
    const service = await startRegisterService(this.#options);
    this.#service = service;
    this.#beganMs = performance.now();
    void service.stopped.then((cause) => {
      if (this.#service === service) this.#onStopped(cause);
    });
    if (this.#isStopped) await service.stop();
    else if (this.#isOpen) this.#openNow();
  }

  #openNow(): void {
    this.#begin((service) => {
      service.takeWrites(this.#takesWrites);
      service.open();
    });
  }

  #begin(take: (service: RegisterService) => void): void {
    // One that has lasted is kept, though a subscription that it asks for later is denied.
    if (!this.#lasts()) this.#beganMs = performance.now();
    try {
      if (this.#service !== undefined) take(this.#service);
    } catch (error) {
      // A connection that is about to close ends the member by itself.
      if (natsFaultOf(error) !== 'closed') throw error;
    }
  }

  /**
   * A server whose permissions change takes a subscription away, and says so on the connection; the library does not find the
   * subscription of a queue group by that, and the service would stay without it.
   */
  #follow(): void {
    const { connection, prefix, member } = this.#options;
    const { isOwn, isInternal, statusOf } = subjectsOf(prefix);
    const isOfService = (subject: string) =>
      (isOwn(subject) && !isInternal(subject)) || subject === statusOf(member.status().member);
    this.#unfollow = followStatus(connection, (status) => {
      const denied = status.type === 'error' ? deniedIn(status) : undefined;
      if (denied?.operation === 'subscribe' && isOfService(denied.subject)) this.#onDenied();
    });
  }

  /** One that has not lasted asks for the subscription just now: the library ends it by itself. */
  #onDenied(): void {
    const lost = this.#service;
    if (lost === undefined || this.#isStopped || !this.#lasts()) return;
    this.#service = undefined;
    void lost.stop();
    this.#startAgain();
  }

  #lasts(): boolean {
    this.#hasLasted ||= performance.now() - this.#beganMs > BEGINNING_MS;
    return this.#hasLasted;
  }

  #onStopped(cause: Error | null): void {
    const { connection, prefix, onRefused, onFailure } = this.#options;
    if (cause === null || this.#isStopped || connection.isClosed() || connection.isDraining()) return;
    this.#service = undefined;
    if (!this.#lasts()) {
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
    this.#startAgain();
  }

  #startAgain(): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      this.#start().catch((error: unknown) => this.#onStopped(asError(error)));
    }, START_AGAIN_MS);
    this.#retry.unref();
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
