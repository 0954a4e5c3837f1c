import { z } from 'zod';

/*
 * A block is what one commit saved, in one blob: a header; columns of numbers; a text; and the values, one behind the
 * other. The text is what does not repeat with every register, in JSON, then the names, then the operation ids: all of
 * them printable ASCII, so that each character is a byte, and their lengths are columns.
 *
 *     0  CRC-32 of all that follows        24  bytes of JSON
 *     4  the commit, 8 bytes               28  bytes of text, the JSON among them
 *    12  registers held with it, 8 bytes   32  columns: kinds, promised, accepted, and the lengths of names,
 *    20  how many registers it saves           operation ids and values
 */
export const HEADER_BYTES = 32;
export const COMMIT_AT = 4;
export const REGISTERS_AT = 12;
export const COUNT_AT = 20;
export const JSON_BYTES_AT = 24;
export const TEXT_BYTES_AT = 28;

/** Bits of a kind: what a block has of a register. */
/** It has accepted a proposal, which is in this block. */
export const HAS_PROPOSAL = 1;
export const IS_DECIDED = 2;
/** The register had no state before. */
export const IS_NEW = 4;
/** It has accepted a proposal, which is in an earlier block, as the head says, and not written again. */
export const IS_REFERENCE = 8;

const WHOLE = z.int().nonnegative();
const HEAD = z.object({
  /** As texts; the columns `promised` and `accepted` have their numbers in this list. */
  ballots: z.array(z.string()),
  /** What was noted of peers' commits. */
  peers: z.array(z.tuple([z.string(), WHOLE])),
  /** For each reference, in order: the commit and the index where the accepted proposal was written. */
  references: z.array(z.tuple([WHOLE, WHOLE])),
  /** How many commits before this one were saved together with it. */
  before: WHOLE.default(0),
});

/** The JSON of a block. */
export type BlockHead = z.infer<typeof HEAD>;

/** @throws an error for anything that `JSON.stringify` of a head does not give. */
export function parseHead(text: string): BlockHead {
  return HEAD.parse(JSON.parse(text));
}

const WORD = 2 ** 32;

export function writeWhole(into: Buffer, number: number, at: number): void {
  into.writeUInt32LE(number % WORD, at);
  into.writeUInt32LE(Math.floor(number / WORD), at + 4);
}

export function readWhole(from: Buffer, at: number): number {
  return from.readUInt32LE(at) + from.readUInt32LE(at + 4) * WORD;
}
