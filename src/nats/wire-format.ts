import { BadInputError } from '../contract/errors.ts';
import type { PeerMessage } from '../ports.ts';

/*
 * How a message between members lies in a payload:
 *
 *   version, type                        a byte each
 *   sender                               a number (its bytes), then its lines, see wire-sender.ts; then its commits, a number
 *   bytes of numbers, bytes of texts     two numbers
 *   numbers                              one after the other
 *   texts                                latin1, a line feed between each two
 *   values                               one after the other, to the end of the payload
 *
 * The fields of the body are dealt out to the three columns in the order in which they are written, and read back in the same
 * order. One message thus costs one string and one copy each way, however many registers it speaks of: see
 * docs/experiments for what that saves. A number is whole, from 0, in groups of seven bits, lowest first, all but the last
 * group with the eighth bit set; there is one way to write each.
 */

/** The high half says that it is a message between members, the low half which encoding: this is the third. */
export const VERSION = 0xd3;
const VERSION_FAMILY = 0xd0;

/** The most entries in one payload. */
export const ENTRIES_MAX = 10_000;
/** What a ballot's text can hold, see `parseBallot`. */
export const NUMBER_MAX = 999_999_999_999_999;
/** The most bytes of a number: eight times seven bits. */
export const NUMBER_BYTES_MAX = 8;
/** Between two texts. No text has one: names and ids are printable. */
export const SEPARATOR = '\n';

/** Only ever add to these: a number that was once sent keeps its meaning for as long as the version is the same. */
export const MESSAGE_CODES: Readonly<Record<PeerMessage['type'], number>> = {
  requests: 1,
  replies: 2,
  open: 3,
  opened: 4,
  probe: 5,
  charge: 6,
  hello: 7,
  welcome: 8,
  refusal: 9,
  presence: 10,
};

export function malformed(what: string): BadInputError {
  return new BadInputError(
    `A message between members is malformed: ${what}. It was dropped and nothing was changed; if it comes again, look for something else that publishes on the members' subjects.`,
  );
}

/** @throws BadInputError for a payload that does not begin with the version of this encoding. */
export function assertVersion(byte: number | undefined): void {
  if (byte === VERSION) return;
  if (byte === undefined || (byte & 0xf0) !== VERSION_FAMILY) throw malformed('it does not begin as one');
  throw new BadInputError(
    `A message between members is in version ${byte & 0x0f} of their encoding, and this member knows version ${VERSION & 0x0f} only. It was dropped and nothing was changed: run the same release of stele on every member.`,
  );
}
