import { StoreCorruptError } from '../errors.ts';
import { formatBallot, parseBallot } from '../protocol/ballot.ts';
import type { Accepted, RegisterState } from '../protocol/register.ts';
import { checksumOf } from './checksum.ts';
import type { Row } from './database.ts';

/** One register as it goes to SQLite: its columns but for the value, as they stand in JSON, and the value's bytes. */
export interface EncodedRow {
  readonly columns: readonly [
    name: string,
    promised: string,
    accepted: string | null,
    opId: string | null,
    decided: 0 | 1,
    checksum: number,
  ];
  /** Null where nothing was accepted; that is not the same as an empty value. */
  readonly value: Uint8Array | null;
}

export function encodeRow(name: string, { promised, accepted, decided }: RegisterState): EncodedRow {
  const promisedText = formatBallot(promised);
  const decidedBit = decided ? 1 : 0;
  if (accepted === null) {
    const checksum = registerChecksum(name, promisedText, null, null, decidedBit);
    return { columns: [name, promisedText, null, null, decidedBit, checksum], value: null };
  }
  const { opId, value } = accepted.proposal;
  const acceptedText = formatBallot(accepted.ballot);
  const checksum = registerChecksum(name, promisedText, acceptedText, opId, decidedBit, value);
  return { columns: [name, promisedText, acceptedText, opId, decidedBit, checksum], value };
}

/** @throws StoreCorruptError for a row that is not, to the bit, one that `encodeRow` made for this very name. */
export function decodeRow(row: Row): { readonly name: string; readonly state: RegisterState } {
  const { name, promised, accepted, op_id: opId, value, decided, checksum } = row;
  const bytes = value instanceof Uint8Array ? value : undefined;
  if (registerChecksum(name, promised, accepted, opId, decided, bytes) !== checksum) throw damaged(name);
  const promisedBallot = ballotOf(promised);
  if (typeof name !== 'string' || promisedBallot === undefined) throw damaged(name);
  const state = { promised: promisedBallot, accepted: acceptedOf(row, bytes), decided: decided === 1 };
  return { name, state };
}

function acceptedOf({ name, accepted, op_id: opId }: Row, value: Uint8Array | undefined): Accepted | null {
  if (accepted === null) return null;
  const ballot = ballotOf(accepted);
  if (ballot === undefined || typeof opId !== 'string' || value === undefined) throw damaged(name);
  return { ballot, proposal: { opId, value } };
}

function ballotOf(text: unknown) {
  return typeof text === 'string' ? parseBallot(text) : undefined;
}

function registerChecksum(
  name: unknown,
  promised: unknown,
  accepted: unknown,
  opId: unknown,
  decided: unknown,
  value?: Uint8Array,
): number {
  return checksumOf(['register', name, promised, accepted, opId, decided], value);
}

function damaged(name: unknown): StoreCorruptError {
  return new StoreCorruptError(
    `Register ${String(name)}: what is on the disk is not what was written there. The member stops rather than answer on it; the register is safe with a majority of the others. Check the disk. Do not put an older copy of the store in its place, nor a new one under the same id.`,
  );
}
