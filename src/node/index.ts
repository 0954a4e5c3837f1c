import { randomBytes, randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import type { NatsConnection } from 'nats';
import { BadInputError, ServiceStoppedError } from '../errors.ts';
import type { Listener } from '../events.ts';
import { problemWithPrefix } from '../names.ts';
import { createDecisionPublisher } from '../nats/decisions.ts';
import { createOpIds } from '../nats/op-ids.ts';
import { startRegisterService } from '../nats/service.ts';
import { createNatsTransport } from '../nats/transport.ts';
import { openStore } from '../sqlite/store.ts';
import type { MemberStatus } from '../status.ts';
import { systemClock } from './clock.ts';
import { Member } from './member.ts';
import { DEFAULT_SETTINGS, type Settings } from './settings.ts';

export * from '../errors.ts';
export type { Listener, MemberEvent, MemberState } from '../events.ts';
export { initStore } from '../sqlite/init.ts';
export type { MemberStatus, PeerStatus } from '../status.ts';
export type { Settings } from './settings.ts';

export interface NodeOptions {
  /** The connection to speak over; it stays the caller's. Give it `maxReconnectAttempts: -1`: a member reconnects for ever. */
  readonly nats: NatsConnection;
  /** The directory that `stele init`, or `initStore`, made for this member. */
  readonly dataDir: string;
  /** What the subjects of the service start with; `register` unless given. The same for all members. */
  readonly prefix?: string;
  /** What differs from the defaults. */
  readonly settings?: Partial<Settings>;
}

/** A member in this process. */
export interface SteleNode {
  /** What it says of itself, as of now. */
  status(): MemberStatus;
  /** Hears everything that it says of itself, until the returned function is called. */
  subscribe(listener: Listener): () => void;
  /** Takes nothing new, finishes what is under way, closes the store. The connection stays open. */
  drain(): Promise<void>;
  /** Resolves once it has drained; rejects with a `SteleError` when it had to stop: it answers nobody from then on. */
  readonly done: Promise<void>;
}

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

/**
 * Runs a member of a cluster in this process, over a connection and a directory of its own.
 * @throws DriverMissingError, NoStoreError, StoreLockedError, StoreVersionError, StoreCorruptError, StoreFailedError: see `openStore`.
 * @throws BadInputError for a setting that is no number above 0, or a prefix that cannot be one.
 * @example
 * const node = await createNode({ nats: await connect({ maxReconnectAttempts: -1 }), dataDir: '/var/lib/stele' });
 * await node.done;
 */
export async function createNode({ nats, dataDir, prefix, settings }: NodeOptions): Promise<SteleNode> {
  const all = parseSettings(settings);
  const problem = prefix === undefined ? undefined : problemWithPrefix(prefix);
  if (problem !== undefined) throw new BadInputError(problem);
  const subjects = prefix === undefined ? {} : { prefix };
  const store = await openStore({ dataDir });
  const { member: id } = store.identity;
  const transport = createNatsTransport({
    connection: nats,
    ...subjects,
    member: id,
    session: randomUUID(),
    onGarbage: ({ subject, reason }) => member.report(`A message on ${subject} was dropped: ${reason}`),
  });
  const member = new Member(all, { transport, store, clock: systemClock, random: randomFraction });
  const onFailure = (error: unknown) => member.report(`NATS did not take a message: ${String(error)}`);
  member.subscribe(createDecisionPublisher({ connection: nats, ...subjects, onFailure }));
  const service = await startRegisterService({
    connection: nats,
    ...subjects,
    member,
    settings: all,
    newOpId: createOpIds(randomBytes(16).toString('base64url')),
    version,
    onFailure,
  });
  void service.stopped.then((cause) => {
    if (cause !== null) member.abort(new ServiceStoppedError(cause));
  });
  member.subscribe((event) => {
    if (event.type === 'state' && event.state === 'serving') service.open();
  });
  // Whatever ends the member ends what speaks for it.
  const done = member.done.finally(async () => {
    await service.stop();
    await transport.close();
  });
  member.start();
  return {
    status: () => member.status(),
    subscribe: (listener) => member.subscribe(listener),
    drain: async () => {
      await service.stop();
      void member.drain();
      await done;
    },
    done,
  };
}

function parseSettings(given: Partial<Settings> = {}): Settings {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(DEFAULT_SETTINGS, name))
      throw new BadInputError(`There is no setting ${name}: see the type Settings.`);
    if (typeof value !== 'number' || !(value > 0))
      throw new BadInputError(`The setting ${name} must be a number above 0.`);
  }
  return { ...DEFAULT_SETTINGS, ...given };
}

/** Two processes that start at the same moment must not draw the same session, so this is the system's randomness. */
function randomFraction(): number {
  return randomBytes(4).readUInt32BE() / 2 ** 32;
}
