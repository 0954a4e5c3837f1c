import type { NatsConnection, Service, ServiceMsg } from 'nats';
import type { ReadResult, WriteResult } from '../../contract/outcomes.ts';
import type { ServiceStatus } from '../../contract/status.ts';
import { SERVICE_NAME, subjectsOf } from '../../contract/subjects.ts';
import { payloadBytesMaxOf, watchPayloadLimit } from '../payload-limit.ts';
import { answering, type CarryOut, UnderWay } from './answer-once.ts';
import { addGuardedService, Switch } from './guarded-service.ts';
import { createOperations, type MemberApi, refused } from './operations.ts';
import { Replies, type Reply, statusReply } from './reply.ts';
import { readByEnvelope, wholeReply, writeByEnvelope } from './request-batch.ts';
import { bareReply, problemWithReplySubject, readBySubject, writeBySubject } from './request-subject.ts';

export interface RegisterServiceOptions {
  readonly connection: NatsConnection;
  readonly prefix?: string;
  readonly member: MemberApi;
  readonly settings: { readonly valueBytesMax: number };
  /** Makes up an operation id for a write that comes without one: never the same twice, anywhere. */
  readonly newOpId: () => string;
  /** Of stele: three numbers with dots, as NATS services want it. */
  readonly version: string;
  /**
   * Told of what the member threw while it carried out a request, which was then answered as `unknown` or `unavailable`, and of
   * replies that NATS did not take.
   */
  readonly onFailure?: (error: unknown) => void;
}

export interface RegisterService {
  /** Settles once the service has ended; to an error when NATS ended it, as it does for want of a permission. */
  readonly stopped: Promise<Error | null>;
  /** Begins to take reads, unless it was stopped: NATS picks this member too. Until then it only says how it is. */
  open(): void;
  /** Begins or ceases to take writes, once it is open. */
  takeWrites(takes: boolean): void;
  /** Takes no more requests, and resolves once all that came before are answered. The connection stays open. */
  stop(): Promise<void>;
}

/**
 * Answers clients: the NATS service `register`, with both forms of both operations once it is opened. All members share one
 * queue group, named by the prefix, so each request goes to one of them: reads to any, writes to one that takes them. What the
 * member says of itself is in the statistics (`$SRV.STATS.register`) from the start.
 * @throws BadInputError for a prefix that cannot be one.
 */
export async function startRegisterService(options: RegisterServiceOptions): Promise<RegisterService> {
  const { connection, prefix, member, settings, newOpId, version, onFailure = () => undefined } = options;
  const subjects = subjectsOf(prefix);
  const payloadBytesMax = () => payloadBytesMaxOf(connection);
  const replies = new Replies({ payloadBytesMax, isOwn: subjects.isOwn, onFailure });
  const operations = createOperations({
    member,
    valueBytesMax: () => settings.valueBytesMax,
    payloadBytesMax,
    newOpId,
    onFailure,
  });
  const status = (): ServiceStatus => ({ ...member.status(), prefix: subjects.prefix });
  const { member: id, incarnation } = status();
  const writes = new Switch();
  const isWrite = (subject: string) => subject === subjects.write || subject === subjects.writes;
  const service = await addGuardedService(
    { connection, replies, switchOf: (subject) => (isWrite(subject) ? writes : undefined) },
    {
      name: SERVICE_NAME,
      version,
      description: 'Write-once registers',
      queue: SERVICE_NAME,
      metadata: { member: id, incarnation: String(incarnation), prefix: subjects.prefix },
      statsHandler: async () => status(),
    },
  );
  let stopping = false;
  const stopWatching = watchPayloadLimit(connection, (problem) => onFailure(new Error(problem)));
  void service.stopped.then(stopWatching, stopWatching);
  const underWay = new UnderWay();
  /** As of each call; a reply that nobody wants has room enough. */
  const room = (message: ServiceMsg) => (replies.isWanted(message) ? payloadBytesMax : () => Number.POSITIVE_INFINITY);
  const endpoint = (name: string, subject: string, ifBroken: WriteResult | ReadResult, carryOut: CarryOut) => {
    const take = answering({ replies, underWay, onFailure }, ifBroken, carryOut);
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
      if (error === null) replies.send(message, statusReply(status()));
    },
  });
  const open = () => {
    if (stopping) return;
    const refuseBare = (why: string) => bareReply(refused(400, why), undefined);
    const refuseWhole = (why: string) => wholeReply(refused(400, why));
    endpoint(
      'write',
      subjects.writes,
      UNKNOWN,
      atInbox(refuseBare, (message, answer) =>
        writeBySubject(operations, subjects.nameIn(message.subject), message, answer),
      ),
    );
    endpoint(
      'write-envelope',
      subjects.write,
      UNKNOWN,
      atInbox(refuseWhole, (message, answer) => writeByEnvelope(operations, message.data, room(message), answer)),
    );
    endpoint('read', subjects.reads, UNAVAILABLE, ({ subject }, answer) =>
      readBySubject(operations, subjects.nameIn(subject), answer),
    );
    endpoint('read-envelope', subjects.read, UNAVAILABLE, (message, answer) =>
      readByEnvelope(operations, message.data, room(message), answer),
    );
  };
  const stopOnce = () => {
    stopping = true;
    return stop(service, connection, underWay);
  };
  return { stopped: service.stopped, open, takeWrites: (takes) => writes.turn(takes), stop: stopOnce };
}

/** Carries out a write unless the place where it wants its answer shows that it was meant otherwise. */
function atInbox(refuse: (why: string) => Reply, carryOut: CarryOut): CarryOut {
  return (message, answer) => {
    const problem = problemWithReplySubject(message.reply ?? '');
    if (problem === undefined) carryOut(message, answer);
    else answer(() => refuse(problem));
  };
}

const UNKNOWN: WriteResult = { outcome: 'unknown' };
const UNAVAILABLE: ReadResult = { outcome: 'unavailable' };

async function stop(service: Service, connection: NatsConnection, underWay: UnderWay): Promise<void> {
  await service.stop();
  await underWay.none();
  if (!connection.isClosed()) await connection.flush().catch(() => undefined);
}
