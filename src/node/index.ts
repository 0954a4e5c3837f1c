import { randomBytes, randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import type { NatsConnection } from 'nats';
import { BadInputError, NatsUnfitError } from '../contract/errors.ts';
import { problemWithServer } from '../contract/fitness.ts';
import { problemWithPrefix } from '../contract/names.ts';
import { natsFaultOf } from '../contract/nats-errors.ts';
import type { MemberStatus } from '../contract/status.ts';
import type { Listener } from '../events.ts';
import { assertUsable, connectionClosed, type GivenConnection, problemWithLasting } from '../nats/connection.ts';
import { Denials } from '../nats/denials.ts';
import { payloadBytesMaxOf, problemWithPayloadLimit } from '../nats/payload-limit.ts';
import { createDecisionPublisher } from '../nats/publisher.ts';
import { KeptService } from '../nats/service/kept-service.ts';
import { createNatsTransport } from '../nats/transport.ts';
import type { Store } from '../ports.ts';
import { openStore } from '../store/open.ts';
import { systemClock } from './clock.ts';
import { Member } from './member.ts';
import { createOpIds } from './op-ids.ts';
import { parseSettings, type Settings } from './settings.ts';
import { within } from './within.ts';

export * from '../contract/errors.ts';
export type { MemberStatus, PeerStatus } from '../contract/status.ts';
export type { Listener, MemberEvent, MemberState } from '../events.ts';
export { initStore } from '../store/init.ts';
export type { Settings } from './settings.ts';

export interface NodeOptions {
  /**
   * The connection to speak over; it stays the caller's. Make it with `maxReconnectAttempts: -1, ignoreAuthErrorAbort: true`:
   * one that gives up on NATS ends the member, and is reported as `trouble` from the start.
   */
  readonly nats: GivenConnection;
  /** The directory that `stele init`, or `initStore`, made for this member. */
  readonly dataDir: string;
  /** The prefix of the service's subjects; `register` unless given. The same for all members. */
  readonly prefix?: string;
  /** Settings that differ from the defaults. One that is undefined has its default. */
  readonly settings?: { readonly [Name in keyof Settings]?: number | undefined };
}

/** A member in this process. */
export interface SteleNode {
  /** Describes the member as of now. */
  status(): MemberStatus;
  /**
   * Hears the present state first, soon after this returns, and all that the member says of itself from then on, until the
   * returned function is called. What a listener throws changes nothing for the member: see `Listener`.
   */
  subscribe(listener: Listener): () => void;
  /**
   * Takes nothing new, finishes what is under way, closes the store. The connection stays open. It settles as `done` does,
   * within `drainTimeoutMs` and two seconds, in whatever state NATS is.
   */
  drain(): Promise<void>;
  /**
   * Resolves once it has drained; rejects with a `SteleError` when it had to stop: it answers nobody from then on. Nobody has
   * to wait for it: it ends no process as an unhandled rejection.
   */
  readonly done: Promise<void>;
}

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

/** How long the service has to end before the member drains, and again for its last answers once the member has. */
const SERVICE_STOP_MS = 450;

/** The options of a node, parsed. */
interface Parts {
  readonly connection: NatsConnection;
  readonly prefix?: string;
  readonly settings: Settings;
  readonly store: Store;
}

/** Steps that undo a start, to be run from the last to the first. */
type Undo = (() => Promise<unknown>)[];

/**
 * Runs a member of a cluster in this process, over a connection and a directory of its own. Where it throws nothing is left
 * of it: the store is closed, and the same directory can be tried again.
 * @throws BadInputError for a setting outside its bounds, a prefix that cannot be one, and what is no connection.
 * @throws ConnectionClosedError for a connection that is closed, or about to be.
 * @throws NatsUnfitError where the NATS server lacks what a member needs: headers, or room for its messages.
 * @throws DriverMissingError, NoStoreError, StoreLockedError, StoreVersionError, StoreCorruptError, StoreFailedError: see `openStore`.
 * @example
 * const nats = await connect({ maxReconnectAttempts: -1, ignoreAuthErrorAbort: true });
 * const node = await createNode({ nats, dataDir: '/var/lib/stele' });
 * await node.done;
 */
export async function createNode({ nats, dataDir, prefix, settings }: NodeOptions): Promise<SteleNode> {
  const all = parseSettings(settings);
  const problem = prefix === undefined ? undefined : problemWithPrefix(prefix);
  if (problem !== undefined) throw new BadInputError(problem);
  if (typeof dataDir !== 'string' || dataDir === '') {
    throw new BadInputError('The option dataDir names no directory: give it the one that "stele init" made.');
  }
  assertUsable(nats);
  const lack = problemWithServer(nats.info) ?? problemWithPayloadLimit(payloadBytesMaxOf(nats));
  if (lack !== undefined) throw new NatsUnfitError(`${lack} The member was not started, and nothing was changed.`);
  const store = await openStore({ dataDir });
  const undo: Undo = [() => store.close()];
  try {
    return await assemble(
      { connection: nats, ...(prefix === undefined ? {} : { prefix }), settings: all, store },
      undo,
    );
  } catch (error) {
    // Why it failed is what the caller must know, not that something could not be given back either.
    for (const step of undo.reverse()) await step().catch(() => undefined);
    throw natsFaultOf(error) === 'closed' ? connectionClosed(error) : error;
  }
}

async function assemble({ store, settings, ...nats }: Parts, undo: Undo): Promise<SteleNode> {
  const { member: id } = store.identity;
  const denials = new Denials({ ...nats, member: id, onDenied: (what) => member.report(what, true) });
  undo.push(async () => denials.stop());
  const transport = createNatsTransport({
    ...nats,
    member: id,
    members: store.identity.members,
    session: randomUUID(),
    onGarbage: ({ subject, reason }) => member.report(`A message on ${subject} was dropped: ${reason}`),
    isDenied: () => denials.isBetweenMembers,
  });
  undo.push(() => within(transport.close(), SERVICE_STOP_MS));
  const member = new Member(settings, { transport, store, clock: systemClock, random: randomFraction });
  const onFailure = (error: unknown) => member.report(error instanceof Error ? error.message : String(error));
  member.subscribe(createDecisionPublisher({ ...nats, onFailure }));
  const service = await KeptService.start({
    ...nats,
    member,
    settings,
    newOpId: createOpIds(randomBytes(16).toString('base64url')),
    version,
    onFailure,
    onRefused: (error) => member.abort(error),
  });
  undo.push(() => within(service.stop(), SERVICE_STOP_MS));
  member.subscribe((event) => {
    if (event.type === 'state' && event.state === 'serving') service.open();
    if (event.type === 'charge') service.takeWrites(event.takesWrites);
  });
  const problem = problemWithLasting(nats.connection);
  if (problem !== undefined) member.report(problem, true);
  let isLeaving = false;
  void nats.connection.closed().then((reason) => {
    // What was under way cannot be answered any more; to have lost NATS is no failure of a member that was leaving.
    if (isLeaving) void member.drain();
    member.abort(connectionClosed(reason));
  });
  // Whatever ends the member ends what speaks for it.
  const done = member.done.finally(async () => {
    await within(Promise.allSettled([service.stop(), transport.close()]), SERVICE_STOP_MS);
    denials.stop();
  });
  done.catch(() => undefined);
  member.start();
  return {
    status: () => member.status(),
    subscribe: (listener) => member.subscribe(listener),
    drain: () => {
      isLeaving = true;
      void member
        .leaveWrites()
        .then(() => within(service.stop(), SERVICE_STOP_MS))
        .then(() => void member.drain());
      return done;
    },
    done,
  };
}

/** Two processes that start at the same moment must not draw the same session, so this is the system's randomness. */
function randomFraction(): number {
  return randomBytes(4).readUInt32BE() / 2 ** 32;
}
