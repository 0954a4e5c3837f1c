/**
 * What the library uses of a connection to NATS. The `NatsConnection` of any copy of `nats` 2 has it: nothing of that
 * package is named here, so that a program may have another copy than stele.
 */
export interface Connection {
  readonly info?: { readonly headers?: boolean };
  request(subject: string, payload?: Uint8Array, options?: RequestOptions): Promise<Message>;
  requestMany(subject: string, payload?: Uint8Array, options?: RequestManyOptions): Promise<AsyncIterable<Message>>;
  subscribe(subject: string, options?: SubscribeOptions): { unsubscribe(): void };
  flush(): Promise<void>;
  status(): AsyncIterable<{ readonly type: string }>;
  closed(): Promise<unknown>;
}

// Each is a part of what the package takes: TypeScript compares them that way round.

interface RequestOptions {
  timeout: number;
  headers?: MessageHeaders;
}

interface RequestManyOptions {
  maxWait?: number;
  headers?: MessageHeaders;
}

interface SubscribeOptions {
  callback?: (error: Error | null, message: Message) => void;
}

export interface Message {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers?: MessageHeaders;
}

export interface MessageHeaders {
  get(name: string): string;
}
