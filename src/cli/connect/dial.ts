import { type Authenticator, type ConnectionOptions, connect, type NatsConnection } from 'nats';
import { type Access, authenticatorsByAddress } from './access.ts';
import { addressOf, type Server, showServers } from './servers.ts';
import { type Why, whyUnreachable } from './why-unreachable.ts';

/**
 * Connects to whichever server lets us in.
 * @throws what the NATS library throws, of the last server that was tried.
 */
export async function dial(access: Access, options: ConnectionOptions): Promise<NatsConnection> {
  if (access.isUniform) {
    const [first] = access.servers;
    const authenticator = first === undefined ? {} : { authenticator: access.authenticatorOf(first) };
    return await connect({ ...options, ...tlsIn(access), ...authenticator, servers: access.servers.map(addressOf) });
  }
  let failure: unknown;
  for (const server of shuffled(access.servers)) {
    try {
      return await dialFirst(access, server, options);
    } catch (error) {
      // The library says of a first try that it failed, and not why.
      failure = (await tryAlone(access, server, options.timeout)) ?? error;
    }
  }
  throw failure;
}

/**
 * Connects to one server with its own credentials, and to the others with theirs when it is gone. The library asks for
 * credentials without saying for whom. Of a connection that is there it tells which server it turns to; before that
 * the first server in the list is tried first, and no other is shown anything.
 */
async function dialFirst(access: Access, first: Server, options: ConnectionOptions): Promise<NatsConnection> {
  const authenticators = authenticatorsByAddress(access);
  const others = access.servers.filter((server) => server !== first);
  let connection: NatsConnection | undefined;
  let tries = 0;
  const authenticator: Authenticator = (nonce) => {
    const address = connection?.getServer() ?? (tries === 1 ? addressOf(first) : undefined);
    const own = address === undefined ? undefined : authenticators.get(address);
    if (own === undefined) throw new Error('a server that no credentials were given for');
    return own(nonce);
  };
  const pause = options.reconnectDelayHandler ?? (() => options.reconnectTimeWait ?? RECONNECT_PAUSE_MS);
  const reconnectDelayHandler = () => {
    tries += 1;
    return pause();
  };
  connection = await connect({
    ...options,
    ...tlsIn(access),
    servers: [first, ...others].map(addressOf),
    noRandomize: true,
    // Servers that were only heard of have no credentials of their own.
    ignoreClusterUpdates: true,
    waitOnFirstConnect: false,
    authenticator,
    reconnectDelayHandler,
  });
  return connection;
}

const RECONNECT_PAUSE_MS = 1_000;
const TRY_TIMEOUT_MS = 2_000;

/** A server and why it could not be used. */
export interface Failure {
  readonly server: Server;
  readonly why: Why;
}

/** Tries each server once, and tells what is wrong with each; with none of them, where one lets us in. */
export async function diagnose(access: Access, timeoutMs = TRY_TIMEOUT_MS): Promise<readonly Failure[]> {
  const tried = await Promise.all(
    access.servers.map(async (server) => ({ server, error: await tryAlone(access, server, timeoutMs) })),
  );
  if (tried.some(({ error }) => error === undefined)) return [];
  return tried.map(({ server, error }) => ({ server, why: whyUnreachable(error) }));
}

/** `nats://127.0.0.1:4222: nothing listens there; nats://…`. */
export function showFailures(failures: readonly Failure[]): string {
  return failures.map(({ server, why }) => `${showServers([server])}: ${why.text}`).join('; ');
}

/** @returns what a server alone answers to its own credentials, when it does not take them. */
async function tryAlone(access: Access, server: Server, timeoutMs = TRY_TIMEOUT_MS): Promise<unknown> {
  const authenticator = access.authenticatorOf(server);
  const alone = { servers: [addressOf(server)], reconnect: false, timeout: timeoutMs, ignoreClusterUpdates: true };
  try {
    const connection = await connect({ ...alone, ...tlsIn(access), authenticator, name: 'stele looks for NATS' });
    await connection.close();
    return undefined;
  } catch (error) {
    return error ?? new Error('no reason was given');
  }
}

function tlsIn({ tls }: Access): ConnectionOptions {
  return tls === undefined ? {} : { tls };
}

function shuffled<Item>(items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
