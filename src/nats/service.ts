import { ErrorCode, type NatsConnection, NatsError, type Service, type ServiceMsg } from 'nats';
import { largestValueBytes } from './codec.ts';
import { readByEnvelope, writeByEnvelope } from './envelope-form.ts';
import { createOperations, type MemberApi } from './operations.ts';
import { bareReply, type Reply, readBySubject, writeBySubject } from './subject-form.ts';
import { SERVICE_NAME, subjectsOf } from './subjects.ts';

export type { MemberApi } from './operations.ts';

export interface RegisterServiceOptions {
  readonly connection: NatsConnection;
  readonly prefix?: string;
  readonly member: MemberApi;
  readonly settings: { readonly valueBytesMax: number };
  /** Makes up an operation id for a write that comes without one: never the same twice, anywhere. */
  readonly newOpId: () => string;
  /** Of stele: three numbers with dots, as NATS services want it. */
  readonly version: string;
  /** Told of what the member threw while it carried out a request, which was then answered as `unknown` or `unavailable`. */
  readonly onFailure?: (error: unknown) => void;
}

export interface RegisterService {
  /** Settles once the service has ended; to an error when NATS ended it, as it does for want of a permission. */
  readonly stopped: Promise<Error | null>;
  /** Begins to take requests, unless it was stopped: NATS picks this member too. Until then it only says how it is. */
  open(): void;
  /** Takes no more requests, and resolves once all that came before are answered. The connection stays open. */
  stop(): Promise<void>;
}

/**
 * Answers clients: the NATS service `register`, with both forms of both operations once it is opened. All members share one
 * queue group, so each request goes to one of them. What the member says of itself is in the statistics
 * (`$SRV.STATS.register`) from the start.
 * @throws BadInputError for a prefix that cannot be one.
 */
export async function startRegisterService(options: RegisterServiceOptions): Promise<RegisterService> {
  const { connection, prefix, member, settings, newOpId, version, onFailure = () => undefined } = options;
  const subjects = subjectsOf(prefix);
  const payloadBytesMax = () => connection.info?.max_payload ?? PAYLOAD_BYTES_DEFAULT;
  const operations = createOperations({
    member,
    // A value that members cannot send each other could never be decided.
    valueBytesMax: () => Math.min(settings.valueBytesMax, largestValueBytes(payloadBytesMax())),
    newOpId,
    onFailure,
  });
  const { member: id, incarnation } = member.status();
  const service = await connection.services.add({
    name: SERVICE_NAME,
    version,
    description: 'Write-once registers',
    queue: SERVICE_NAME,
    metadata: { member: id, incarnation: String(incarnation) },
    statsHandler: async () => member.status(),
  });
  const underWay = new Set<Promise<void>>();
  const endpoint = (
    name: string,
    subject: string,
    ifBroken: 'unknown' | 'unavailable',
    answer: (message: ServiceMsg) => Promise<Reply>,
  ) => {
    service.addEndpoint(name, {
      subject,
      handler: (error, message) => {
        if (error !== null) return;
        // The library calls handlers in a synchronous try: what a promise rejects with is ours to answer.
        const broken = (failure: unknown) => {
          onFailure(failure);
          return bareReply({ outcome: ifBroken }, undefined);
        };
        const answered = answer(message)
          .catch(broken)
          .then((reply) => {
            // Without this, a client that may only read could have its answers written somewhere.
            if (!message.reply || subjects.isOwn(message.reply)) return;
            respond(message, reply, bareReply({ outcome: ifBroken }, undefined), onFailure);
          });
        underWay.add(answered);
        void answered.finally(() => underWay.delete(answered));
      },
    });
  };
  service.addEndpoint('status', {
    subject: subjects.statusOf(id),
    handler: (error, message) => {
      if (error === null) message.respond(JSON.stringify(member.status()));
    },
  });
  let stopping = false;
  const open = () => {
    if (stopping) return;
    endpoint('write', subjects.writes, 'unknown', (message) =>
      writeBySubject(operations, subjects.nameIn(message.subject), message),
    );
    endpoint('write-envelope', subjects.write, 'unknown', ({ data }) =>
      writeByEnvelope(operations, data, payloadBytesMax()),
    );
    endpoint('read', subjects.reads, 'unavailable', ({ subject }) =>
      readBySubject(operations, subjects.nameIn(subject)),
    );
    endpoint('read-envelope', subjects.read, 'unavailable', ({ data }) =>
      readByEnvelope(operations, data, payloadBytesMax()),
    );
  };
  const stopOnce = () => {
    stopping = true;
    return stop(service, connection, underWay);
  };
  return { stopped: service.stopped, open, stop: stopOnce };
}

/** What a NATS server allows unless it is set otherwise. */
const PAYLOAD_BYTES_DEFAULT = 1_048_576;

/** Sends a reply. One that NATS finds too large gives way to one without a value; once it is closed none can be sent. */
function respond(message: ServiceMsg, reply: Reply, ifTooLarge: Reply, onFailure: (error: unknown) => void): void {
  for (const { payload, headers } of [reply, ifTooLarge]) {
    try {
      message.respond(payload, headers === undefined ? {} : { headers });
      return;
    } catch (error) {
      onFailure(error);
      if (!(error instanceof NatsError) || error.code !== ErrorCode.MaxPayloadExceeded) return;
    }
  }
}

async function stop(service: Service, connection: NatsConnection, underWay: ReadonlySet<Promise<void>>): Promise<void> {
  await service.stop();
  await Promise.all(underWay);
  if (!connection.isClosed()) await connection.flush().catch(() => undefined);
}
