import { setTimeout as sleep } from 'node:timers/promises';
import { headers, type NatsConnection } from 'nats';

export interface Answer {
  /** As the reply says; `silence` when none came: like `unknown`, for nobody can tell. */
  readonly outcome: string;
  readonly value: string;
  readonly code: string;
}

const REPLY_TIMEOUT_MS = 3_000;
const SETTLE_TIMEOUT_MS = 30_000;

/** A write by a client that knows nothing but NATS: no library of this project. */
export function rawWrite(connection: NatsConnection, name: string, value: string, opId?: string): Promise<Answer> {
  const sent = headers();
  if (opId !== undefined) sent.set('Register-Op-Id', opId);
  return ask(connection, `register.write.${name}`, value, sent);
}

export function rawRead(connection: NatsConnection, name: string): Promise<Answer> {
  return ask(connection, `register.read.${name}`, '', headers());
}

/** Retries a write with its operation id until it is known what became of it. */
export async function settleWrite(connection: NatsConnection, name: string, value: string, opId: string) {
  return await settle(() => rawWrite(connection, name, value, opId), ['won', 'lost']);
}

export async function settleRead(connection: NatsConnection, name: string) {
  return await settle(() => rawRead(connection, name), ['decided', 'empty']);
}

async function settle(attempt: () => Promise<Answer>, settled: readonly string[]): Promise<Answer> {
  const deadline = Date.now() + SETTLE_TIMEOUT_MS;
  for (;;) {
    const answer = await attempt();
    if (settled.includes(answer.outcome)) return answer;
    if (Date.now() > deadline) throw new Error(`not settled in time; the last answer was ${answer.outcome}`);
    await sleep(50);
  }
}

async function ask(
  connection: NatsConnection,
  subject: string,
  body: string,
  sent: ReturnType<typeof headers>,
): Promise<Answer> {
  try {
    const reply = await connection.request(subject, body, { timeout: REPLY_TIMEOUT_MS, headers: sent });
    return {
      outcome: reply.headers?.get('Register-Outcome') ?? '',
      value: reply.string(),
      code: reply.headers?.get('Nats-Service-Error-Code') ?? '',
    };
  } catch (error) {
    const code = (error as { code?: string }).code ?? '';
    if (code === 'TIMEOUT' || code === '503') return { outcome: 'silence', value: '', code };
    throw error;
  }
}
