import { connect, headers, type Msg, type MsgHdrs, type NatsConnection } from 'nats';
import { startRegisterService } from '../../src/nats/service/service.ts';
import { FakeMember } from './fake-member.ts';
import { type NatsServer, startNatsServer } from './nats-server.ts';

/** A NATS server, a service over a fake member, and a client that knows nothing of this project. */
export interface ServiceWorld {
  readonly server: NatsServer;
  readonly member: FakeMember;
  readonly client: NatsConnection;
  /** What the service said that went wrong. */
  readonly failures: unknown[];
  close(): Promise<void>;
  /** Switches writes on or off, as of when NATS has heard it. At first they are on. */
  takeWrites(takes: boolean): Promise<void>;
  /** Stops the service; its connection stays open. */
  stopService(): Promise<void>;
  request(subject: string, payload?: string | Uint8Array, requestHeaders?: Record<string, string[]>): Promise<Answer>;
}

export interface Answer {
  readonly payload: Buffer;
  readonly text: string;
  /** The body, parsed; undefined where it is no JSON. */
  readonly body: unknown;
  readonly outcome: string | undefined;
  readonly ballot: string | undefined;
  /** The id of the operation that the value belongs to. */
  readonly winner: string | undefined;
  readonly code: string | undefined;
  readonly error: string | undefined;
}

export interface ServiceWorldOptions {
  readonly config?: string;
  readonly valueBytesMax?: number;
  readonly prefix?: string;
}

const REQUEST_TIMEOUT_MS = 10_000;

export async function startServiceWorld(options: ServiceWorldOptions = {}): Promise<ServiceWorld> {
  const { config, valueBytesMax = 65_536, prefix } = options;
  const server = await startNatsServer(config === undefined ? {} : { config });
  const member = new FakeMember();
  const failures: unknown[] = [];
  const connection = await connect({ servers: server.url, reconnectTimeWait: 50, maxReconnectAttempts: -1 });
  let opIds = 0;
  const service = await startRegisterService({
    connection,
    ...(prefix === undefined ? {} : { prefix }),
    member,
    settings: { valueBytesMax },
    newOpId: () => {
      opIds += 1;
      return `made-up-${opIds}`;
    },
    version: '1.2.3',
    onFailure: (error) => failures.push(error),
  });
  service.takeWrites(true);
  service.open();
  await connection.flush();
  const client = await connect({ servers: server.url, reconnectTimeWait: 50, maxReconnectAttempts: -1 });
  return {
    server,
    member,
    client,
    failures,
    async takeWrites(takes) {
      service.takeWrites(takes);
      await connection.flush();
    },
    stopService: () => service.stop(),
    async request(subject, payload, requestHeaders) {
      const timeout = REQUEST_TIMEOUT_MS;
      if (requestHeaders === undefined) return answerOf(await client.request(subject, payload, { timeout }));
      return answerOf(await client.request(subject, payload, { timeout, headers: headersOf(requestHeaders) }));
    },
    async close() {
      await client.close();
      await connection.close();
      await server.stop();
    },
  };
}

export function headersOf(record: Record<string, string[]>): MsgHdrs {
  const head = headers();
  for (const [key, values] of Object.entries(record)) for (const value of values) head.append(key, value);
  return head;
}

export function answerOf({ data, headers: head }: Msg): Answer {
  const payload = Buffer.from(data);
  const one = (key: string) => (head?.has(key) ? head.get(key) : undefined);
  return {
    payload,
    text: payload.toString(),
    body: parsed(payload),
    outcome: one('Register-Outcome'),
    ballot: one('Register-Ballot'),
    winner: one('Register-Op-Id'),
    code: one('Nats-Service-Error-Code'),
    error: one('Nats-Service-Error'),
  };
}

function parsed(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString());
  } catch {
    return undefined;
  }
}
