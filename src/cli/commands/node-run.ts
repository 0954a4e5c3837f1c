import type { NatsConnection } from 'nats';
import type { Logger } from 'pino';
import type { SteleNode } from '../../node/index.ts';
import { requireStore } from '../../store/open.ts';
import { Absence } from '../connect/absence.ts';
import { type Access, parseAccess } from '../connect/access.ts';
import { connectMember } from '../connect/connection.ts';
import { EXIT } from '../exit-codes.ts';
import { exitCodeOf, sentenceOf } from '../failure.ts';
import { boundHeapGrowth } from '../heap.ts';
import type { LogFormat, LogLevel } from '../log/choices.ts';
import { logEvents } from '../log/events.ts';
import { createLog, defaultLogFormat } from '../log/log.ts';
import { logConnection } from '../log/nats.ts';
import type { NatsFlags } from '../options.ts';
import { listenForShutdown, type Shutdown } from '../shutdown.ts';

/** Once the member has drained: how long its last answers have to reach NATS. */
const FLUSH_TIMEOUT_MS = 1_000;

export interface NodeOptions extends NatsFlags {
  readonly data: string;
  readonly prefix?: string;
  readonly logLevel: LogLevel;
  readonly logFormat?: LogFormat;
}

/**
 * Runs a member until it is asked to leave, or fails.
 * @returns the exit code.
 */
export async function runNode(options: NodeOptions): Promise<number> {
  boundHeapGrowth();
  const shutdown = listenForShutdown();
  const log = createLog({ level: options.logLevel, format: options.logFormat ?? defaultLogFormat() });
  try {
    // At once, rather than when there is NATS: nothing can come of it.
    const access = parseAccess(options);
    await requireStore(options.data);
    const absence = new Absence(log, access);
    const connection = await connectOrLeave(access, absence, shutdown);
    if (connection === undefined) return EXIT.ok;
    return await run(connection, options, log, absence, shutdown);
  } catch (error) {
    log.fatal({ code: (error as { code?: unknown }).code }, sentenceOf(error));
    return exitCodeOf(error, EXIT.otherwise);
  }
}

/** The connection; undefined when it was asked to leave before there was one. */
async function connectOrLeave(
  access: Access,
  absence: Absence,
  shutdown: Shutdown,
): Promise<NatsConnection | undefined> {
  absence.begin(true);
  try {
    const left = shutdown.requested.then(() => undefined);
    return await Promise.race([connectMember(access, 'stele member', shutdown.signal), left]);
  } finally {
    absence.end();
  }
}

async function run(
  nats: NatsConnection,
  { data, prefix }: NodeOptions,
  log: Logger,
  absence: Absence,
  shutdown: Shutdown,
): Promise<number> {
  const { createNode } = await import('../../node/index.ts');
  const member = await createNode({ nats, dataDir: data, ...(prefix === undefined ? {} : { prefix }) });
  const { cluster, member: id, members, incarnation, state } = member.status();
  const own = log.child({ member: id });
  own.info({ cluster, members, incarnation, state }, `${id} of ${members.join(', ')}, incarnation ${incarnation}`);
  member.subscribe(logEvents(own));
  void logConnection(own, nats, absence);
  await Promise.race([drainOnRequest(member, own, shutdown), member.done]);
  await Promise.race([nats.drain(), new Promise((resolve) => setTimeout(resolve, FLUSH_TIMEOUT_MS))]);
  return EXIT.ok;
}

async function drainOnRequest(member: SteleNode, log: Logger, shutdown: Shutdown): Promise<void> {
  log.info(`leaving: ${await shutdown.requested}`);
  await member.drain();
}
