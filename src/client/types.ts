export interface RegistersOptions {
  /** The subject prefix of the service; `register` unless it was set otherwise. */
  readonly prefix?: string;
  /** How long an operation goes on, with all its tries, before it throws; 5,000 ms unless set otherwise. */
  readonly timeoutMs?: number;
  /** How long one try waits for its answer before the next one; 1,000 ms unless set otherwise. */
  readonly tryTimeoutMs?: number;
  /** How values become bytes and come back; JSON that loses nothing unless set otherwise. */
  readonly codec?: Codec;
}

/** A way for values to become bytes and to come back. What is bytes already (a view, an ArrayBuffer) is written as it is. */
export interface Codec {
  /** What it throws makes the write a BadInputError. */
  encode(value: unknown): Uint8Array;
  /** Bytes that it throws at come back as they are. */
  decode(bytes: Uint8Array): unknown;
}

export interface WriteOptions {
  /** 1 to 64 printable ASCII characters, never used for another write. To settle an unknown outcome, give that write's. */
  readonly opId?: string;
}

/** What a register holds, as a client sees it. */
export interface Decided {
  readonly name: string;
  /** As the codec reads the bytes: parsed where they are JSON that JavaScript can hold exactly, else the bytes themselves. */
  readonly value: unknown;
  /** The very bytes that were written. */
  readonly bytes: Uint8Array;
  /** The ballot that it was chosen at, as `round/member/incarnation`. */
  readonly ballot: string;
  /** The id of the operation that the value belongs to. */
  readonly winner: string;
}

/** How a write ended. `value`, `bytes`, `ballot` and `winner` are the register's, whoever wrote them. */
export interface WriteOutcome extends Decided {
  /**
   * `won`: the register has this write's value. `lost`: it has another one's. A `winner` that is this write's own `opId`
   * means that the id was used before, for another value.
   */
  readonly outcome: 'won' | 'lost';
  /** Of this write. */
  readonly opId: string;
}

/** A decision, as it was published. */
export interface WatchedDecision extends Decided {
  readonly type: 'decided';
  /** The same as `winner`. */
  readonly opId: string;
}

/**
 * Says that decisions may be missing: the connection was lost, and is back. Whoever must miss none reads the registers that
 * matter now; what is decided from now on is watched again.
 */
export interface WatchGap {
  readonly type: 'gap';
  readonly name: undefined;
  readonly value: undefined;
  /** The wall clock's time of the loss, in milliseconds; never before the watch began. */
  readonly fromMs: number;
  /** When the subscription was in force again. */
  readonly toMs: number;
}

export type WatchItem = WatchedDecision | WatchGap;

export interface WaitOptions {
  /** How long to wait; for ever unless given. */
  readonly timeoutMs?: number;
  /** Ends the waiting with its reason. */
  readonly signal?: AbortSignal;
}

/** Write-once registers, over NATS. */
export interface Registers {
  /**
   * Writes a register, once and for all. Bytes, in any view, are written as they are, and anything else as its JSON text,
   * or by the codec. It is tried again, as one and the same operation, until its outcome is known or `timeoutMs` have gone by.
   * @param name 1 to 255 bytes: dot-separated tokens of `A-Z a-z 0-9 _ = / -`, not starting with `_`.
   * @throws BadInputError for a name, value or operation id that cannot be one: nothing was sent. A value that JSON would
   * not give back as it is cannot be one (NaN, a Date, a Map, an undefined member, …).
   * @throws RefusedError when the service, or NATS, would not have it: nothing was written.
   * @throws UnknownOutcomeError when no try was answered for certain: it may or may not take effect, and writing the same
   * value with the error's `opId` settles it.
   * @throws AnswerTooLargeError when it lost, to a value that is larger than NATS carries.
   * @example
   * const { outcome, value } = await registers.write('orders.17', { owner: 'alice' });
   * console.log(outcome === 'won' ? 'it is ours' : `it belongs to ${JSON.stringify(value)}`);
   */
  write(name: string, value: unknown, options?: WriteOptions): Promise<WriteOutcome>;

  /**
   * Reads a register: its value where the bytes are JSON that JavaScript can hold exactly, else the bytes; `undefined`
   * while it is empty.
   * @throws BadInputError for a name that cannot be one.
   * @throws RefusedError when the service, or NATS, would not have it.
   * @throws UnavailableError when no try was answered for certain. Reading again is safe.
   * @throws AnswerTooLargeError when it has a value that is larger than NATS carries.
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
   * Reads a register with all that is known of it: value, bytes, ballot, and the id of the operation that the value belongs
   * to; `undefined` while it is empty. It throws what `read` throws.
   * @example
   * const isOurs = (await registers.find('leader.epoch-9'))?.winner === ourOpId;
   */
  find(name: string): Promise<Decided | undefined>;

  /**
   * Resolves as soon as a register is decided, at once where it is already. It hears of the decision, and reads now and
   * then besides, within five seconds and after each loss of the connection, so a decision whose news got lost is found too.
   * While the service is unavailable it waits on.
   * @throws BadInputError for a name or a timeout that cannot be one.
   * @throws WaitTimeoutError after `timeoutMs`; the signal's reason once it is aborted.
   * @throws RefusedError when NATS forbids to read or to subscribe, or when the connection is closed for good.
   * @throws AnswerTooLargeError when it has a value that is larger than NATS carries.
   * @example
   * const { value } = await registers.waitFor('leader.epoch-9', { timeoutMs: 60_000 });
   */
  waitFor(name: string, options?: WaitOptions): Promise<Decided>;

  /**
   * Decisions as they are published, from now on; leaving the loop ends the subscription, and so does `stop`. NATS delivers
   * each at most once, or twice where two members reached it. Where the connection was lost, an item of type `gap` says so;
   * it has neither name nor value. What gets lost between NATS servers, or while they learn of the subscription, shows in
   * nothing: `waitFor` finds it. Decisions that nobody takes out of the loop gather in memory.
   * @param pattern a name, with `*` for any one token and `>` at the end for all that follow; `>` when left out.
   * @throws BadInputError for a pattern that cannot be one. The loop throws a RefusedError where NATS forbids it, and when
   * the connection is closed for good; only `stop` ends it in silence.
   * @example
   * for await (const item of registers.watch('orders.>')) {
   *   if (item.type === 'gap') await readAgain();
   *   else console.log(item.name, item.value);
   * }
   */
  watch(pattern?: string): Watch;
}

/** A subscription to decisions. It can be iterated once. */
export interface Watch extends AsyncIterable<WatchItem> {
  /** Ends the subscription, and the loop once it has what had arrived. */
  stop(): void;
}
