export interface RegistersOptions {
  /** The subject prefix of the service; `register` unless it was set otherwise. */
  readonly prefix?: string;
  /** How long an operation goes on, with all its tries, before it throws; 5,000 ms unless set otherwise. */
  readonly timeoutMs?: number;
  /** How long one try waits for its answer before the next one; 1,000 ms unless set otherwise. */
  readonly tryTimeoutMs?: number;
}

export interface WriteOptions {
  /** 1 to 64 printable ASCII characters, never used for another write. To settle an unknown outcome, give that write's. */
  readonly opId?: string;
}

/** What a register holds, as a client sees it. */
export interface Decided {
  readonly name: string;
  /** Parsed where the bytes are JSON, else the bytes themselves. */
  readonly value: unknown;
  /** The very bytes that were written. */
  readonly bytes: Uint8Array;
  /** The ballot that it was chosen at, as `round/member/incarnation`. */
  readonly ballot: string;
}

/** How a write ended. `value`, `bytes` and `ballot` are the register's, whoever wrote them. */
export interface WriteOutcome extends Decided {
  /** `won`: the register has this write's value. `lost`: it already had another one's. */
  readonly outcome: 'won' | 'lost';
  /** Of this write. */
  readonly opId: string;
}

/** A decision, as it was published. */
export interface WatchedDecision extends Decided {
  /** Of the write that won. */
  readonly opId: string;
}

/** Write-once registers, over NATS. */
export interface Registers {
  /**
   * Writes a register, once and for all. Anything but a `Uint8Array` is written as its JSON text. It is tried again, as
   * one and the same operation, until its outcome is known or `timeoutMs` have gone by.
   * @param name 1 to 255 bytes: dot-separated tokens of `A-Z a-z 0-9 _ = / -`, not starting with `_`.
   * @throws BadInputError for a name, value or operation id that cannot be one: nothing was sent.
   * @throws RefusedError when the service, or NATS, would not have it: nothing was written.
   * @throws UnknownOutcomeError when no try was answered for certain: it may or may not take effect, and writing the same
   * value with the error's `opId` settles it.
   * @example
   * const { outcome, value } = await registers.write('orders.17', { owner: 'alice' });
   * console.log(outcome === 'won' ? 'it is ours' : `it belongs to ${JSON.stringify(value)}`);
   */
  write(name: string, value: unknown, options?: WriteOptions): Promise<WriteOutcome>;

  /**
   * Reads a register: its value where the bytes are JSON, else the bytes; `undefined` while it is empty.
   * @throws BadInputError for a name that cannot be one.
   * @throws RefusedError when the service, or NATS, would not have it.
   * @throws UnavailableError when no try was answered for certain. Reading again is safe.
   * @example
   * const order = await registers.read('orders.17');
   * if (order === undefined) console.log('nobody has written it yet');
   */
  read(name: string): Promise<unknown>;

  /**
   * Reads a register as the very bytes that were written; `undefined` while it is empty. It throws what `read` throws.
   * @example
   * const bytes = await registers.readBytes('certificates/eu-west');
   */
  readBytes(name: string): Promise<Uint8Array | undefined>;

  /**
   * Decisions as they are published, from now on; leaving the loop ends the subscription, and so does `stop`. NATS delivers
   * each at most once, or twice where two members reached it: what must miss none reads the registers too. Decisions that
   * nobody takes out of the loop gather in memory.
   * @param pattern a name, with `*` for any one token and `>` at the end for all that follow; `>` when left out.
   * @throws BadInputError for a pattern that cannot be one. The loop throws a RefusedError where NATS forbids it.
   * @example
   * for await (const { name, value } of registers.watch('orders.>')) console.log(name, value);
   */
  watch(pattern?: string): Watch;
}

/** A subscription to decisions. It can be iterated once. */
export interface Watch extends AsyncIterable<WatchedDecision> {
  /** Ends the subscription, and the loop once it has what had arrived. */
  stop(): void;
}
