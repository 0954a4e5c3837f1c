import type { NatsConnection, Service } from 'nats';
import type { ReadResult, WriteResult } from '../outcomes.ts';
import type { ServiceStatus } from '../status.ts';
import { answering, type CarryOut } from './answering.ts';
import { largestValueBytes } from './codec.ts';
import { readByEnvelope, writeByEnvelope } from './envelope-form.ts';
import { createOperations, type MemberApi } from './operations.ts';
import { readBySubject, writeBySubject } from './subject-form.ts';
import { SERVICE_NAME, subjectsOf } from './subjects.ts';
import { UnderWay } from './under-way.ts';

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
 * queue group, named by the prefix, so each request goes to one of them. What the member says of itself is in the statistics
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
  const status = (): ServiceStatus => ({ ...member.status(), prefix: subjects.prefix });
  const { member: id, incarnation } = status();
  const service = await connection.services.add({
    name: SERVICE_NAME,
    version,
    description: 'Write-once registers',
    queue: SERVICE_NAME,
    metadata: { member: id, incarnation: String(incarnation), prefix: subjects.prefix },
    statsHandler: async () => status(),
  });
  const underWay = new UnderWay();
  const endpoint = (name: string, subject: string, ifBroken: WriteResult | ReadResult, carryOut: CarryOut) => {
    const take = answering({ isOwn: subjects.isOwn, underWay, onFailure }, ifBroken, carryOut);
    service.addEndpoint(name, {
      subject,
      queue: subjects.queue,
      handler: (error, message) => {
        if (error === null) take(message);
      },
    });
  };
  service.addEndpoint('status', {
    subject: subjects.statusOf(id),
    handler: (error, message) => {
      if (error === null) message.respond(JSON.stringify(status()));
    },
  });
  let stopping = false;
  const open = () => {
    if (stopping) return;
    endpoint('write', subjects.writes, UNKNOWN, (message, answer) =>
      writeBySubject(operations, subjects.nameIn(message.subject), message, answer),
    );
    endpoint('write-envelope', subjects.write, UNKNOWN, ({ data }, answer) =>
      writeByEnvelope(operations, data, payloadBytesMax(), answer),
    );
    endpoint('read', subjects.reads, UNAVAILABLE, ({ subject }, answer) =>
      readBySubject(operations, subjects.nameIn(subject), answer),
    );
    endpoint('read-envelope', subjects.read, UNAVAILABLE, ({ data }, answer) =>
      readByEnvelope(operations, data, payloadBytesMax(), answer),
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

const UNKNOWN: WriteResult = { outcome: 'unknown' };
const UNAVAILABLE: ReadResult = { outcome: 'unavailable' };

async function stop(service: Service, connection: NatsConnection, underWay: UnderWay): Promise<void> {
  await service.stop();
  await underWay.none();
  if (!connection.isClosed()) await connection.flush().catch(() => undefined);
}
