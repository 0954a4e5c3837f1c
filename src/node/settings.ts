import { BadInputError } from '../contract/errors.ts';

/** The settings of a member: whole numbers from 1, of milliseconds and bytes as the names say. `RULES` has the bounds. */
export interface Settings {
  /** The largest value of a register. NATS `max_payload` bounds it too. */
  readonly valueBytesMax: number;
  /** Operations under way or waiting at this member; past them a request is refused with 429. */
  readonly pendingOperationsMax: number;
  /** The bytes of the values of those operations. */
  readonly pendingBytesMax: number;
  /** After this a write is `unknown` and a read `unavailable`. */
  readonly operationTimeoutMs: number;
  /** How long one phase of one round waits for a majority. */
  readonly phaseTimeoutMs: number;
  /** How long a member waits, after it heard that the one ahead of it takes the writes, before it asks it again. */
  readonly probeDelayMs: number;
  /** How long the members ahead may keep silent before one stands in for them. */
  readonly chargeSilentMs: number;
  /** How long a home keeps the news that its openings were chosen, where no later opening carries it. */
  readonly newsDelayMs: number;
  /** How long a read whose majority is divided waits for the other members before it finishes the register itself. */
  readonly readGraceMs: number;
  /** The longest first pause before a beaten proposer starts over; it doubles with every round, up to `backoffMaxMs`. */
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
  /** How many registers one batch carries, and how many bytes of values. */
  readonly batchRegistersMax: number;
  readonly batchBytesMax: number;
  /** Batches of reads and of rounds that are under way at once; what comes meanwhile gathers in the next. */
  readonly batchesInFlightMax: number;
  /** The same for openings. With one at a time what is written meanwhile gathers in the next. */
  readonly openingsInFlightMax: number;
  /** Openings under way at once while what waits fills a batch. */
  readonly fullBatchesInFlightMax: number;
  /** How long an opening may wait for more writes, after one of several that were answered together. */
  readonly gatherDelayMs: number;
  /** Requests that wait at the acceptor; past them it lets requests go unanswered. */
  readonly acceptorQueueMax: number;
  /** How long what nobody waits for may wait at the acceptor for other changes to share a commit with. */
  readonly lingerMs: number;
  /** How often members say hello to each other. */
  readonly heartbeatMs: number;
  /** A peer that was not heard for so long is reported as down. */
  readonly peerSilentMs: number;
  /** How long a member that starts listens for another cluster on its prefix before it may serve. */
  readonly joinListenMs: number;
  /** How long a drain waits for what is under way. */
  readonly drainTimeoutMs: number;
  /** Decisions kept in memory, in bytes of names and values. */
  readonly decisionsBytesMax: number;
}

interface Rule {
  readonly unit: 'milliseconds' | 'bytes' | 'number';
  readonly initial: number;
  readonly max: number;
}

/** A day. It is far from what timers can count, 2^31 - 1 ms, past which they fire at once. */
const MILLISECONDS_MAX = 86_400_000;
/** 64 MiB: the most that NATS carries in one message. */
const MESSAGE_BYTES_MAX = 67_108_864;
/** 16 GiB. */
const MEMORY_BYTES_MAX = 17_179_869_184;

const milliseconds = (initial: number): Rule => ({ unit: 'milliseconds', initial, max: MILLISECONDS_MAX });
const bytes = (initial: number, max: number): Rule => ({ unit: 'bytes', initial, max });
const count = (initial: number, max: number): Rule => ({ unit: 'number', initial, max });

/** Every setting is a whole number from 1. */
const RULES: Readonly<Record<keyof Settings, Rule>> = {
  valueBytesMax: bytes(65_536, MESSAGE_BYTES_MAX),
  pendingOperationsMax: count(65_536, 16_777_216),
  pendingBytesMax: bytes(67_108_864, MEMORY_BYTES_MAX),
  operationTimeoutMs: milliseconds(1_500),
  phaseTimeoutMs: milliseconds(400),
  probeDelayMs: milliseconds(150),
  chargeSilentMs: milliseconds(400),
  newsDelayMs: milliseconds(20),
  readGraceMs: milliseconds(30),
  backoffMinMs: milliseconds(8),
  backoffMaxMs: milliseconds(250),
  batchRegistersMax: count(2_048, 65_536),
  batchBytesMax: bytes(524_288, MESSAGE_BYTES_MAX),
  batchesInFlightMax: count(2, 1_024),
  openingsInFlightMax: count(1, 1_024),
  fullBatchesInFlightMax: count(4, 1_024),
  gatherDelayMs: milliseconds(2),
  acceptorQueueMax: count(65_536, 16_777_216),
  lingerMs: milliseconds(20),
  joinListenMs: milliseconds(300),
  heartbeatMs: milliseconds(1_000),
  peerSilentMs: milliseconds(3_500),
  drainTimeoutMs: milliseconds(5_000),
  decisionsBytesMax: bytes(16_777_216, MEMORY_BYTES_MAX),
};

export const DEFAULT_SETTINGS: Settings = Object.freeze(
  Object.fromEntries(Object.entries(RULES).map(([name, { initial }]) => [name, initial])) as unknown as Settings,
);

interface Order {
  readonly lower: keyof Settings;
  readonly upper: keyof Settings;
  readonly isEqualFine: boolean;
  /** The consequence where they are not in this order. */
  readonly otherwise: string;
}

const ORDERS: readonly Order[] = [
  {
    lower: 'heartbeatMs',
    upper: 'peerSilentMs',
    isEqualFine: false,
    otherwise: 'every peer would be reported as down between two of its hellos',
  },
  {
    lower: 'probeDelayMs',
    upper: 'chargeSilentMs',
    isEqualFine: false,
    otherwise: 'a member would stand in for one that it had not asked again',
  },
  {
    lower: 'backoffMinMs',
    upper: 'backoffMaxMs',
    isEqualFine: true,
    otherwise: 'the first pause would be longer than the longest',
  },
  {
    lower: 'batchRegistersMax',
    upper: 'acceptorQueueMax',
    isEqualFine: true,
    otherwise: 'a full batch would never find room at an acceptor',
  },
];

/**
 * Completes settings with the defaults, which also stand for what is undefined.
 * @throws BadInputError for what is no setting, a value outside its bounds, and two values that contradict each other.
 */
export function parseSettings(given: { readonly [Name in keyof Settings]?: number | undefined } = {}): Settings {
  if (typeof given !== 'object' || given === null) {
    throw new BadInputError('The option settings is no object: give it the settings that differ from the defaults.');
  }
  const named = Object.entries(given).filter(([, value]) => value !== undefined);
  for (const [name, value] of named) assertWithinBounds(name, value);
  const settings = { ...DEFAULT_SETTINGS, ...Object.fromEntries(named) };
  for (const order of ORDERS) assertInOrder(settings, order);
  return settings;
}

function assertInOrder(settings: Settings, { lower, upper, isEqualFine, otherwise }: Order): void {
  const [low, high] = [settings[lower], settings[upper]];
  if (low < high || (isEqualFine && low === high)) return;
  const above = isEqualFine ? 'at least' : 'more than';
  throw new BadInputError(
    `The setting ${upper} is ${high}, and must be ${above} ${lower}, which is ${low}: ${otherwise}. Set both.`,
  );
}

function assertWithinBounds(name: string, value: unknown): void {
  if (!Object.hasOwn(RULES, name)) throw new BadInputError(`There is no setting ${name}: see the type Settings.`);
  const { unit, max } = RULES[name as keyof Settings];
  if (Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= max) return;
  const of = unit === 'number' ? '' : ` of ${unit}`;
  throw new BadInputError(`The setting ${name} is ${shown(value)}: give it a whole number${of} from 1 to ${max}.`);
}

/** A value as it would be written in a program; of what cannot be, its type. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return typeof value === 'number' || value === null ? String(value) : `of the type ${typeof value}`;
}
