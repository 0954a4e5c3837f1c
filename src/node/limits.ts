import type { Transport } from '../ports.ts';
import type { BatchLimits } from './batch-queue.ts';
import type { Settings } from './settings.ts';

/** What a message that cannot be cut has around its writes, at most, in bytes. */
const AROUND_WRITES_BYTES = 4_096;

/** Whether members can tell each other a value of so many bytes, as of now. */
export function isTellable(valueBytes: number, { payloadBytesMax }: Pick<Transport, 'payloadBytesMax'>): boolean {
  return valueBytes <= payloadBytesMax - AROUND_WRITES_BYTES;
}

/**
 * The limits of one batch, as of now: what goes out as one message must fit into one payload.
 * @param batchesInFlightMax that of the kind of batch.
 */
export function batchLimits(
  settings: Settings,
  transport: Pick<Transport, 'payloadBytesMax'>,
  batchesInFlightMax = settings.batchesInFlightMax,
): BatchLimits {
  const { batchRegistersMax, fullBatchesInFlightMax } = settings;
  return {
    batchRegistersMax,
    batchesInFlightMax,
    fullBatchesInFlightMax,
    get batchBytesMax() {
      return Math.min(settings.batchBytesMax, transport.payloadBytesMax - AROUND_WRITES_BYTES);
    },
  };
}
