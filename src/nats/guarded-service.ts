import type { Msg, MsgHdrs, NatsConnection, Service, ServiceConfig, ServicesAPI, SubscriptionOptions } from 'nats';
import { ERROR_CODE_HEADER, ERROR_HEADER } from '../contract/header-names.ts';
import { readyHeaders } from '../contract/ready-headers.ts';
import type { Replies, Reply } from './replies.ts';
import type { Switch } from './switched-subscription.ts';

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
