import { BadInputError } from '../errors.ts';
import { problemWithMemberId, problemWithName, problemWithOpId } from '../names.ts';
import { type Ballot, FIRST_ROUND, type MemberId } from '../protocol/ballot.ts';
import type { Proposal } from '../protocol/register.ts';

/*
 * The fields of a message between members, checked one by one. They are written by hand because every write passes here
 * several times. Each throws a BadInputError for what no member sends.
 */

/** What a ballot's text can hold, see `parseBallot`. */
const NUMBER_MAX = 999_999_999_999_999;
const TOKEN = /^[\x20-\x7e]{1,128}$/;

export function malformed(what: string): BadInputError {
  return new BadInputError(
    `A message between members is malformed: ${what}. It was dropped and nothing was changed; if it comes again, look for something else that publishes on the members' subjects.`,
  );
}

/** An array of exactly so many fields. */
export function tuple(value: unknown, length: number, what: string): readonly unknown[] {
  if (!Array.isArray(value) || value.length !== length) throw malformed(`${what} is not an array of ${length}`);
  return value;
}

/** An array with no more than so many entries. */
export function list(value: unknown, lengthMax: number, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw malformed(`${what} are not an array`);
  if (value.length > lengthMax) throw malformed(`there are ${value.length} ${what}, and ${lengthMax} is the most`);
  return value;
}

export function whole(value: unknown, min: number, what: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= NUMBER_MAX) return value;
  throw malformed(`${what} is not a whole number from ${min} to ${NUMBER_MAX}`);
}

/** A cluster, a store id or a session. */
export function token(value: unknown, what: string): string {
  if (typeof value === 'string' && TOKEN.test(value)) return value;
  throw malformed(`${what} is not 1 to 128 printable ASCII characters`);
}

export function registerName(value: unknown): string {
  if (typeof value === 'string' && problemWithName(value) === undefined) return value;
  throw malformed('the name of a register is ill-formed');
}

export function memberId(value: unknown): MemberId {
  if (typeof value === 'string' && problemWithMemberId(value) === undefined) return value;
  throw malformed('the id of a member is ill-formed');
}

export function ballotToWire({ round, node, incarnation }: Ballot): unknown {
  return [round, node, incarnation];
}

export function ballotFromWire(value: unknown): Ballot {
  const [round, node, incarnation] = tuple(value, 3, 'a ballot');
  return {
    round: whole(round, FIRST_ROUND, "a ballot's round"),
    node: memberId(node),
    incarnation: whole(incarnation, 1, "a ballot's incarnation"),
  };
}

export function proposalToWire({ opId, value }: Proposal): [opId: string, base64: string] {
  return [opId, base64Of(value)];
}

export function proposalFromWire(opId: unknown, base64: unknown): Proposal {
  if (typeof opId !== 'string' || problemWithOpId(opId) !== undefined) throw malformed('an operation id is ill-formed');
  const value = typeof base64 === 'string' ? bytesOfBase64(base64) : undefined;
  if (value === undefined) throw malformed('a value is not base64');
  return { opId, value };
}

export function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** The bytes of strict base64: the standard alphabet, padded, no bits left over. Undefined for anything else. */
export function bytesOfBase64(base64: string): Uint8Array | undefined {
  const bytes = Buffer.from(base64, 'base64');
  // Buffer skips what it cannot read, so only what encodes back to itself was base64 through and through.
  return bytes.toString('base64') === base64 ? bytes : undefined;
}
