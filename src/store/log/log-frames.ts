/*
 * SQLite's write-ahead log, as its file format says (https://sqlite.org/fileformat2.html#walformat): a header, then frames
 * of one page each, every one with a checksum that goes on from the one before it.
 */

export const HEADER_BYTES = 32;
export const FRAME_HEADER_BYTES = 24;
const MAGIC = 0x377f0682;

/** The running checksum of a log. */
export type Sum = readonly [number, number];

export interface LogHeader {
  readonly frameBytes: number;
  readonly littleEndian: boolean;
  readonly salts: readonly [number, number];
  readonly sum: Sum;
}

export interface Frame {
  /** The number of the page that it has, from 1. */
  readonly page: number;
  /** The last one of a transaction. */
  readonly isCommit: boolean;
  readonly sum: Sum;
  /** Whether it is whole, and was written right after the frame before it, as that one says that it is. */
  readonly follows: boolean;
}

/** @returns undefined where this is no header as SQLite writes one. Its version is left to SQLite, which opens no other. */
export function readHeader(header: DataView): LogHeader | undefined {
  const magic = header.getUint32(0);
  const littleEndian = magic === MAGIC;
  if (!littleEndian && magic !== MAGIC + 1) return undefined;
  const stored = sumAt(header, 24);
  if (!sameSum(stored, sumOf(header, 0, 24, [0, 0], littleEndian))) return undefined;
  const frameBytes = FRAME_HEADER_BYTES + header.getUint32(8);
  return { frameBytes, littleEndian, salts: [header.getUint32(16), header.getUint32(20)], sum: stored };
}

/** What the header of a log must have been, as its first frame tells it: for pages of that size, from the frame's own salts on. */
export function headerBefore(frame: DataView, header: DataView, pageBytes: number): Omit<LogHeader, 'sum'> {
  return {
    frameBytes: FRAME_HEADER_BYTES + pageBytes,
    littleEndian: header.getUint32(0) !== MAGIC + 1,
    salts: [frame.getUint32(8), frame.getUint32(12)],
  };
}

/** @param previous the checksum that the frame before it says it has; for the first frame, the header's. */
export function readFrame(
  { frameBytes, littleEndian, salts }: Omit<LogHeader, 'sum'>,
  frame: DataView,
  previous: Sum,
): Frame {
  const sum = sumAt(frame, 16);
  const isOurs = frame.getUint32(8) === salts[0] && frame.getUint32(12) === salts[1];
  const follows =
    isOurs &&
    sameSum(
      sum,
      sumOf(frame, FRAME_HEADER_BYTES, frameBytes, sumOf(frame, 0, 8, previous, littleEndian), littleEndian),
    );
  return { page: frame.getUint32(0), isCommit: isOurs && frame.getUint32(4) !== 0, sum, follows };
}

function sumAt(bytes: DataView, at: number): Sum {
  return [bytes.getUint32(at), bytes.getUint32(at + 4)];
}

function sameSum(a: Sum, b: Sum): boolean {
  return a[0] === b[0] && a[1] === b[1];
}

function sumOf(bytes: DataView, from: number, to: number, [first, second]: Sum, littleEndian: boolean): Sum {
  let a = first;
  let b = second;
  for (let at = from; at < to; at += 8) {
    a = (a + bytes.getUint32(at, littleEndian) + b) >>> 0;
    b = (b + bytes.getUint32(at + 4, littleEndian) + a) >>> 0;
  }
  return [a, b];
}
