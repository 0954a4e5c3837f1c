import type { Transport } from '../ports.ts';
import type { Ballot } from '../protocol/ballot.ts';
import type { Opened } from '../protocol/messages.ts';
import type { Settings } from './settings.ts';
import type { BatchLimits } from './tasks/batch-queue.ts';

type Room = Pick<Transport, 'payloadBytesMax'>;

/** The most bytes that a message that cannot be cut has around its writes. */
const AROUND_WRITES_BYTES = 4_096;
/** More than what surrounds a write in a message, and than what a refusal of it takes beside its name in the answer. */
export const ENTRY_BYTES = 128;

/** Tells whether a value of this many bytes fits into a message between members, as of now. */
export function isTellable(valueBytes: number, { payloadBytesMax }: Room): boolean {
  return valueBytes <= payloadBytesMax - AROUND_WRITES_BYTES;
}

/** The most bytes that the writes of one message that cannot be cut may take, as of now. */
export function batchBytesMaxOf(settings: Settings, { payloadBytesMax }: Room): number {
  return Math.min(settings.batchBytesMax, payloadBytesMax - AROUND_WRITES_BYTES);
}

/**
 * The limits of one batch, as of now: what goes out as one message must fit into one payload.
 * @param batchesInFlightMax that of the kind of batch.
 */
export function batchLimits(settings: Settings, room: Room, batchesInFlightMax: number): BatchLimits {
  const { batchRegistersMax, fullBatchesInFlightMax } = settings;
  return {
    batchRegistersMax,
    batchesInFlightMax,
    fullBatchesInFlightMax,
    get batchBytesMax() {
      return batchBytesMaxOf(settings, room);
    },
  };
}

/**
 * Makes the answer to an opening fit into a number of bytes: the transport cannot cut it, and the decisions in it come with values that the
 * opening did not have. Of decisions past them it says only that they stand in the way: a round finds them out.
 */
export function fittingOpened({ number, refusals }: Opened, opening: Ballot, bytesMax: number): Opened {
  let bytes = refusals.reduce((sum, { name }) => sum + ENTRY_BYTES + name.length, 0);
  const fitting = refusals.map((refusal): Opened['refusals'][number] => {
    if (refusal.type === 'rejected') return refusal;
    const { ballot, proposal } = refusal.decision;
    const more = proposal.opId.length + proposal.value.length;
    if (bytes + more > bytesMax) return { type: 'rejected', name: refusal.name, ballot: opening, promised: ballot };
    bytes += more;
    return refusal;
  });
  return { number, refusals: fitting };
}
