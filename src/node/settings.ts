/** What may be set of a member. Milliseconds and bytes, as the names say. */
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
  /** How long a home may keep silent before a write that was handed to it goes on without it. */
  readonly handoverTimeoutMs: number;
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
  /** The same for openings. With one at a time what is written gathers at the home, where batches of all members meet. */
  readonly openingsInFlightMax: number;
  /** Openings, or handovers to one member, under way at once while what waits fills a batch. */
  readonly fullBatchesInFlightMax: number;
  /** How long an opening may wait for more writes, after one of several that were answered together. */
  readonly gatherDelayMs: number;
  /** Handovers to one member under way at once: it is the home's to make writes wait for each other. */
  readonly handoversInFlightMax: number;
  /** Requests that wait at the acceptor; past them it lets requests go unanswered. */
  readonly acceptorQueueMax: number;
  /** How long a learned decision may wait for other changes to share a commit with. */
  readonly decideDelayMs: number;
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

export const DEFAULT_SETTINGS: Settings = Object.freeze({
  valueBytesMax: 65_536,
  pendingOperationsMax: 65_536,
  pendingBytesMax: 67_108_864,
  operationTimeoutMs: 1_500,
  phaseTimeoutMs: 400,
  handoverTimeoutMs: 400,
  newsDelayMs: 20,
  readGraceMs: 30,
  backoffMinMs: 8,
  backoffMaxMs: 250,
  batchRegistersMax: 2_048,
  batchBytesMax: 524_288,
  batchesInFlightMax: 2,
  openingsInFlightMax: 1,
  fullBatchesInFlightMax: 4,
  gatherDelayMs: 2,
  handoversInFlightMax: 4,
  acceptorQueueMax: 65_536,
  decideDelayMs: 100,
  heartbeatMs: 1_000,
  peerSilentMs: 3_500,
  joinListenMs: 300,
  drainTimeoutMs: 5_000,
  decisionsBytesMax: 16_777_216,
});
