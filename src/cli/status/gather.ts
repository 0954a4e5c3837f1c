import type { NatsConnection } from 'nats';
import { z } from 'zod';
import { RefusedError, UnavailableError } from '../../contract/errors.ts';
import { natsFaultOf } from '../../contract/nats-errors.ts';
import type { ServiceStatus } from '../../contract/status.ts';

const ASK_SUBJECT = '$SRV.STATS.register';

const WHOLE = z.int().nonnegative();

/** What of an answer is relied on. Whatever answers otherwise is some other service that is called `register`. */
const MEMBER_STATUS: z.ZodType<ServiceStatus> = z.object({
  prefix: z.string(),
  clash: z.string().nullable(),
  cluster: z.string(),
  member: z.string(),
  members: z.array(z.string()).min(1),
  state: z.enum(['joining', 'serving', 'draining', 'stopped', 'failed']),
  // Members of an earlier release do not say.
  takesWrites: z.boolean().default(false),
  incarnation: WHOLE,
  storeId: z.string(),
  registers: WHOLE,
  commits: WHOLE,
  pending: WHOLE,
  peers: z.array(
    z.object({
      member: z.string(),
      up: z.boolean(),
      incarnation: WHOLE.nullable(),
      silentMs: z.number().nonnegative().nullable(),
    }),
  ),
});
const ANSWER = z.object({ endpoints: z.array(z.object({ data: z.unknown() })) });

/** After the last member has answered, time for a second process under one of their names to show. */
const QUIET_MS = 60;

/**
 * Asks all members what they say of themselves. It waits for those that do not answer until `timeoutMs` have gone by.
 * @returns the answers in the order of the members' names; of two processes with one name, both.
 * @throws RefusedError where NATS does not permit the question; UnavailableError where the connection was lost before anyone answered.
 */
export async function gatherStatus(connection: NatsConnection, timeoutMs: number): Promise<ServiceStatus[]> {
  const { createInbox } = await import('nats');
  const answers: ServiceStatus[] = [];
  const subscription = connection.subscribe(createInbox());
  const interruption = interruptionOf(connection, () => subscription.unsubscribe());
  let timer = setTimeout(() => subscription.unsubscribe(), timeoutMs);
  try {
    connection.publish(ASK_SUBJECT, undefined, { reply: subscription.getSubject() });
    for await (const message of subscription) {
      // With no data it is the server, which says that nobody is there.
      if (message.data.length === 0) break;
      const status = statusIn(message.data);
      if (status === undefined) continue;
      answers.push(status);
      if (!everyoneAnswered(answers)) continue;
      clearTimeout(timer);
      timer = setTimeout(() => subscription.unsubscribe(), QUIET_MS);
    }
  } catch (error) {
    throw natsFaultOf(error) === 'permissions' ? notPermitted('subscribe to its inbox, where answers arrive') : error;
  } finally {
    clearTimeout(timer);
  }
  const stopped = interruption();
  if (answers.length === 0 && stopped !== undefined) throw stopped;
  return answers.sort((a, b) => (a.member < b.member ? -1 : 1));
}

/** @returns what there is to say, once nobody answered, of what the connection met since. */
function interruptionOf(connection: NatsConnection, stop: () => void): () => Error | undefined {
  let met: Error | undefined;
  const follow = async () => {
    for await (const { type, data } of connection.status()) {
      if (type === 'disconnect') met ??= lost();
      else if (type === 'error')
        met = data === 'PERMISSIONS_VIOLATION' ? notPermitted(`publish on ${ASK_SUBJECT}`) : lost();
      else continue;
      stop();
    }
  };
  void follow();
  return () => (connection.isClosed() ? (met ?? lost()) : met);
}

function lost(): UnavailableError {
  return new UnavailableError(
    'The connection to NATS was lost before any member answered, which says nothing of the members. Try again.',
  );
}

function notPermitted(what: string): RefusedError {
  return new RefusedError(
    403,
    `NATS does not permit this user to ${what}, so the members cannot be asked how they are, and may be well. Permit it on the NATS server, or give another user.`,
  );
}

function everyoneAnswered(answers: readonly ServiceStatus[]): boolean {
  const keyOf = ({ prefix, cluster }: ServiceStatus, member: string) => JSON.stringify([prefix, cluster, member]);
  const heard = new Set(answers.map((answer) => keyOf(answer, answer.member)));
  return answers.every((answer) => answer.members.every((member) => heard.has(keyOf(answer, member))));
}

function statusIn(data: Uint8Array): ServiceStatus | undefined {
  let body: unknown;
  try {
    body = JSON.parse(Buffer.from(data).toString());
  } catch {
    return undefined;
  }
  for (const { data: status } of ANSWER.safeParse(body).data?.endpoints ?? []) {
    const parsed = MEMBER_STATUS.safeParse(status);
    if (parsed.success) return parsed.data;
  }
  return undefined;
}
