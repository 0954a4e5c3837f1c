import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionOptions, NatsConnection } from 'nats';
import { BadInputError } from '../errors.ts';
import { NatsUnreachableError } from './failure.ts';
import { reconnectPause } from './reconnect-pause.ts';

/** How long a client command tries to reach NATS, over all the servers it was given. */
const CONNECT_TIMEOUT_MS = 3_000;
const RECONNECT_PAUSE_MS = 1_000;

/**
 * Connects for a client command: soon, or not at all.
 * @throws BadInputError for URLs that cannot be read; NatsUnreachableError when no server answers within three seconds.
 */
export async function connectClient(urls: string, name: string): Promise<NatsConnection> {
  const options = optionsFor(urls);
  const { connect } = await import('nats');
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), CONNECT_TIMEOUT_MS);
  });
  // Once connected, it may reconnect for ever: every operation has a timeout of its own.
  const connecting = connect({ ...options, name, maxReconnectAttempts: -1, timeout: CONNECT_TIMEOUT_MS });
  try {
    return await Promise.race([connecting, deadline]);
  } catch (error) {
    connecting.then((late) => late.close()).catch(() => undefined);
    throw unreachable(urls, error);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Connects for a member: it tries for ever, at the start as after every loss, whether NATS is out of reach or turns it away.
 * @param onFailedTry told of each try at the start that failed.
 * @throws BadInputError for URLs that cannot be read.
 */
export async function connectMember(
  urls: string,
  name: string,
  onFailedTry: (error: unknown) => void,
): Promise<NatsConnection> {
  const options = optionsFor(urls);
  const { connect } = await import('nats');
  const reconnectDelayHandler = reconnectPause(RECONNECT_PAUSE_MS);
  // By itself the library gives up at the second authentication error in a row, however far apart the two are.
  const forever = { maxReconnectAttempts: -1, ignoreAuthErrorAbort: true, reconnectDelayHandler };
  for (;;) {
    try {
      return await connect({ ...options, ...forever, name });
    } catch (error) {
      // The library could wait by itself, but would not say for what.
      onFailedTry(error);
      await sleep(RECONNECT_PAUSE_MS);
    }
  }
}

/** Server URLs as they may be shown and logged: without user names and passwords. */
export function withoutCredentials(urls: string): string {
  return urls.replace(/\/\/[^@/,]*@/g, '//');
}

const SERVER = /^(?:(?:nats|tls):\/\/)?(?:([^@/\s]*)@)?([^@/\s]+)\/?$/;

/** The library ignores user names and passwords in URLs: they are handed over apart. */
function optionsFor(urls: string): ConnectionOptions {
  const servers: string[] = [];
  let credentials: ConnectionOptions = {};
  for (const url of urls.split(',').map((part) => part.trim())) {
    const [, userInfo, host] = SERVER.exec(url) ?? [];
    if (host === undefined) {
      const shown = JSON.stringify(withoutCredentials(url));
      throw new BadInputError(
        `${shown} is not the URL of a NATS server: give --nats one such as nats://127.0.0.1:4222.`,
      );
    }
    servers.push(host);
    if (userInfo !== undefined) credentials = credentialsOf(userInfo);
  }
  return { servers, ...credentials };
}

function credentialsOf(userInfo: string): ConnectionOptions {
  const [user = '', ...rest] = userInfo.split(':');
  if (rest.length === 0) return { token: decodeURIComponent(user) };
  return { user: decodeURIComponent(user), pass: decodeURIComponent(rest.join(':')) };
}

function unreachable(urls: string, cause: unknown): NatsUnreachableError {
  const shown = withoutCredentials(urls);
  const why = cause instanceof Error ? cause.message : String(cause);
  return new NatsUnreachableError(
    `No NATS server answered at ${shown} (${why}), so nothing was sent. Is one running there? \`stele dev\` starts one with a whole cluster; --nats or STELE_NATS names another.`,
    cause,
  );
}
