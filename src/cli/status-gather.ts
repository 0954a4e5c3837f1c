import type { NatsConnection } from 'nats';
import { z } from 'zod';
import type { MemberStatus } from '../status.ts';

const WHOLE = z.int().nonnegative();

/** What of an answer is relied on. Whatever answers otherwise is some other service that is called `register`. */
const MEMBER_STATUS: z.ZodType<MemberStatus> = z.object({
  cluster: z.string(),
  member: z.string(),
  members: z.array(z.string()).min(1),
  state: z.enum(['joining', 'serving', 'draining', 'stopped', 'failed']),
  incarnation: WHOLE,
  storeId: z.string(),
  registers: WHOLE,
  commits: WHOLE,
  pending: WHOLE,
  clash: z.string().nullable(),
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
 */
export async function gatherStatus(connection: NatsConnection, timeoutMs: number): Promise<MemberStatus[]> {
  const { createInbox } = await import('nats');
  const answers: MemberStatus[] = [];
  const inbox = createInbox();
  const subscription = connection.subscribe(inbox);
  let timer = setTimeout(() => subscription.unsubscribe(), timeoutMs);
  connection.publish('$SRV.STATS.register', undefined, { reply: inbox });
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
  clearTimeout(timer);
  return answers.sort((a, b) => (a.member < b.member ? -1 : 1));
}

function everyoneAnswered(answers: readonly MemberStatus[]): boolean {
  const heard = new Set(answers.map(({ cluster, member }) => `${cluster} ${member}`));
  return answers.every(({ cluster, members }) => members.every((member) => heard.has(`${cluster} ${member}`)));
}

function statusIn(data: Uint8Array): MemberStatus | undefined {
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
