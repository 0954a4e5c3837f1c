import type {
  Msg,
  MsgHdrs,
  NatsConnection,
  Service,
  ServiceConfig,
  ServicesAPI,
  Subscription,
  SubscriptionOptions,
} from 'nats';
import { ERROR_CODE_HEADER, ERROR_HEADER } from '../../contract/header-names.ts';
import { readyHeaders } from '../../contract/ready-headers.ts';
import type { Replies, Reply } from './reply.ts';

/*
 * The NATS library answers the verbs of the services protocol (`$SRV.PING`, `$SRV.INFO`, `$SRV.STATS`) by itself. Where NATS
 * does not take the answer, it rejects a promise that nobody holds, and that ends the process. Nor can one of its services
 * drop an endpoint and take it up again. So the library is given a connection whose messages of these verbs are answered by
 * way of `Replies`, like all others, and whose subscriptions can be switched off.
 */

const VERBS = '$SRV.';

export interface Guards {
  readonly connection: NatsConnection;
  readonly replies: Replies;
  /** What switches the endpoint on a subject on and off; undefined for one that is always on. */
  readonly switchOf: (subject: string) => Switch | undefined;
}

/** Adds a NATS service that no answer can end. */
export function addGuardedService(guards: Guards, config: ServiceConfig): Promise<Service> {
  // The library offers no other way to a service over a connection that is not its own; a test fails should this one close.
  const Services = guards.connection.services.constructor as new (connection: NatsConnection) => ServicesAPI;
  return new Services(guarded(guards)).add(config);
}

function guarded({ connection, replies, switchOf }: Guards): NatsConnection {
  const subscribe: NatsConnection['subscribe'] = (subject, options) => {
    const begin = () =>
      connection.subscribe(subject, subject.startsWith(VERBS) ? guardedOptions(options, replies) : options);
    return switchOf(subject)?.subscription(begin) ?? begin();
  };
  return new Proxy(connection, {
    get(target, key) {
      if (key === 'subscribe') return subscribe;
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

function guardedOptions(options: SubscriptionOptions | undefined, replies: Replies): SubscriptionOptions {
  const { callback } = options ?? {};
  if (callback === undefined) return options ?? {};
  return {
    ...options,
    callback: (error, message) => callback(error, error === null ? answered(message, replies) : message),
  };
}

/** The same message, answered by way of `replies`. */
function answered(message: Msg, replies: Replies): Msg {
  const respond = (payload: Uint8Array = new Uint8Array(0), options: { headers?: MsgHdrs } = {}) => {
    replies.send(message, { payload, ...options, ifTooLarge: (bytesMax) => shorter(payload, bytesMax, 1) });
    return true;
  };
  return Object.create(message, { respond: { value: respond } });
}

/** The same answer with fewer endpoints; the first is the one that says how the member is. */
function shorter(payload: Uint8Array, bytesMax: number, endpoints: number): Reply {
  const body = JSON.parse(Buffer.from(payload).toString()) as { readonly endpoints?: readonly unknown[] };
  const kept = { ...body, ...(body.endpoints === undefined ? {} : { endpoints: body.endpoints.slice(0, endpoints) }) };
  return {
    payload: endpoints < 0 ? new Uint8Array(0) : Buffer.from(JSON.stringify(kept)),
    headers: readyHeaders(
      `${ERROR_CODE_HEADER}: 413\r\n${ERROR_HEADER}: Not all of this answer fits in the ${bytesMax} bytes that NATS carries (its max_payload).\r\n`,
    ),
    ...(endpoints < 0 ? {} : { ifTooLarge: () => shorter(payload, bytesMax, endpoints - 1) }),
  };
}

/**
 * Switches subscriptions on and off, together. To the NATS services library a switched subscription is one that lasts: its
 * endpoint stays in what `nats micro` shows, whether or not anything is delivered to it.
 */
export class Switch {
  readonly #subscriptions = new Set<SwitchedSubscription>();
  #isOn = false;

  /** @param begin subscribes. */
  subscription(begin: () => Subscription): Subscription {
    const subscription = new SwitchedSubscription(begin);
    this.#subscriptions.add(subscription);
    // Asks NATS for it now, so that the want of a permission shows at the start, and not when it is needed.
    subscription.turn(true);
    subscription.turn(this.#isOn);
    // The library waits for its end, and drains it at its own; nothing else of a subscription is its business.
    return subscription as unknown as Subscription;
  }

  /** What was delivered before it is switched off is still handled. */
  turn(on: boolean): void {
    this.#isOn = on;
    for (const subscription of this.#subscriptions) subscription.turn(on);
  }
}

class SwitchedSubscription {
  /** Settles once the subscription has ended otherwise than by being switched off. */
  readonly closed: Promise<void>;
  readonly #begin: () => Subscription;
  #close!: () => void;
  #current: Subscription | undefined;
  #hasEnded = false;

  constructor(begin: () => Subscription) {
    this.#begin = begin;
    this.closed = new Promise((resolve) => {
      this.#close = resolve;
    });
  }

  turn(on: boolean): void {
    if (on === (this.#current !== undefined) || this.#hasEnded) return;
    if (on) this.#turnOn();
    else void this.#turnOff();
  }

  /** Ends it; resolves once all that was delivered before is handled. */
  async drain(): Promise<void> {
    this.#hasEnded = true;
    await this.#turnOff();
    this.#close();
  }

  #turnOn(): void {
    const subscription = this.#begin();
    this.#current = subscription;
    const onClosed = () => {
      if (this.#current !== subscription) return;
      this.#hasEnded = true;
      this.#close();
    };
    subscription.closed.then(onClosed, onClosed);
  }

  async #turnOff(): Promise<void> {
    const subscription = this.#current;
    this.#current = undefined;
    // A connection that is closed has ended it already.
    await subscription?.drain().catch(() => undefined);
  }
}
