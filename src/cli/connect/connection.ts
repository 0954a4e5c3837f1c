import type { NatsConnection } from 'nats';
import { SteleError } from '../../contract/errors.ts';
import type { NatsFlags } from '../options.ts';
import type { Access } from './access.ts';
import type { Failure } from './dial.ts';
import { reconnectPause } from './reconnect-pause.ts';
import { showServers } from './servers.ts';

/** How long a client command tries to reach NATS, over all the servers it was given. */
const CONNECT_TIMEOUT_MS = 3_000;
/** How long each server then has to say what is wrong, all at once. */
const DIAGNOSIS_TIMEOUT_MS = 1_000;
const RECONNECT_PAUSE_MS = 1_000;

/** None of the given NATS servers could be reached. Nothing was started. */
export class NatsUnreachableError extends SteleError {
  readonly code = 'STELE_NATS_UNREACHABLE';
}

/** A NATS server answered, and would not have this user, or could not be trusted. Nothing was started. */
export class NatsTurnedAwayError extends SteleError {
  readonly code = 'STELE_NATS_TURNED_AWAY';
}

/**
 * Connects for a client command: soon, or not at all.
 * @throws BadInputError for URLs and credentials that cannot be read; NatsUnreachableError when no server answers within
 * three seconds; NatsTurnedAwayError when one does and would not have us.
 */
export async function connectClient(flags: NatsFlags, name: string): Promise<NatsConnection> {
  const { parseAccess } = await import('./access.ts');
  const { dial } = await import('./dial.ts');
  const access = parseAccess(flags);
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(Object.assign(new Error('no answer in time'), { code: 'TIMEOUT' })),
      CONNECT_TIMEOUT_MS,
    );
  });
  const timeout = Math.ceil(CONNECT_TIMEOUT_MS / access.servers.length);
  // Once connected, it may reconnect for ever: every operation has a timeout of its own.
  const connecting = dial(access, { name, maxReconnectAttempts: -1, timeout });
  try {
    return await Promise.race([connecting, deadline]);
  } catch (error) {
    connecting.then((late) => late.close()).catch(() => undefined);
    throw await failureOf(access, error);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Connects for a member: it tries for ever, at the start as after every loss, and also while a server turns it away, for
 * users and certificates can be mended.
 */
export async function connectMember(access: Access, name: string, signal: AbortSignal): Promise<NatsConnection> {
  const { dial } = await import('./dial.ts');
  const reconnectDelayHandler = reconnectPause(RECONNECT_PAUSE_MS);
  const forever = {
    maxReconnectAttempts: -1,
    reconnectDelayHandler,
    waitOnFirstConnect: true,
    ignoreAuthErrorAbort: true,
    name,
  };
  for (;;) {
    try {
      return await dial(access, forever);
    } catch (error) {
      signal.throwIfAborted();
      // Servers with credentials of their own are tried by us, and not by the library.
      if (access.isUniform) throw await failureOf(access, error);
      await new Promise((resolve) => setTimeout(resolve, RECONNECT_PAUSE_MS));
    }
  }
}

/** Says what each server said, which is more than the last one did. */
async function failureOf(access: Access, cause: unknown): Promise<SteleError> {
  const { diagnose, showFailures } = await import('./dial.ts');
  const { whyUnreachable } = await import('./why-unreachable.ts');
  const [only, ...others] = access.servers;
  // The library may say no more than that time was up, also where a server closed the connection on us.
  const isClear = others.length === 0 && (cause as { code?: unknown } | undefined)?.code !== 'TIMEOUT';
  const failures: readonly Failure[] =
    isClear && only !== undefined
      ? [{ server: only, why: whyUnreachable(cause) }]
      : await diagnose(access, DIAGNOSIS_TIMEOUT_MS);
  const shown = failures.length === 0 ? `${showServers(access.servers)}: no answer in time` : showFailures(failures);
  if (failures.some(({ why }) => why.kind !== 'absent')) {
    return new NatsTurnedAwayError(`NATS cannot be used, so nothing was started. ${shown}.`, cause);
  }
  return new NatsUnreachableError(
    `No NATS server can be reached, so nothing was started. ${shown}. Is one running there? \`stele dev\` starts one with a whole cluster; --nats or STELE_NATS names another.`,
    cause,
  );
}
