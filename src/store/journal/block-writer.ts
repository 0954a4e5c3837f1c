import { crc32 } from 'node:zlib';
import { type Ballot, formatBallot, NO_BALLOT, sameBallot } from '../../protocol/ballot.ts';
import type { Change } from '../../protocol/batch.ts';
import {
  type BlockHead,
  COMMIT_AT,
  COUNT_AT,
  HAS_PROPOSAL,
  HEADER_BYTES,
  IS_DECIDED,
  IS_NEW,
  IS_REFERENCE,
  JSON_BYTES_AT,
  REGISTERS_AT,
  TEXT_BYTES_AT,
  writeWhole,
} from './block-format.ts';
import { columnOf, writeColumn } from './columns.ts';

/** Where a proposal was written: which commit, and which of its registers. */
export interface Written {
  readonly commit: number;
  readonly index: number;
}

/** Gathers what one commit saves, and makes its block. It is done for every write, so texts are joined and copied once. */
export class BlockWriter {
  readonly #ballots = new BallotNumbers();
  readonly #kinds: number[] = [];
  readonly #promised: number[] = [];
  readonly #accepted: number[] = [];
  readonly #nameLengths: number[] = [];
  readonly #opIdLengths: number[] = [];
  readonly #valueLengths: number[] = [];
  readonly #references: [number, number][] = [];
  readonly #names: string[] = [];
  readonly #opIds: string[] = [];
  readonly #values: Uint8Array[] = [];
  #new = 0;

  /** How many registers had no state before. */
  get new(): number {
    return this.#new;
  }

  /** @param written where the accepted proposal stands already; undefined to write it here. */
  add({ name, before, after }: Change, written: Written | undefined): void {
    const isNew = sameBallot(before.promised, NO_BALLOT);
    if (isNew) this.#new += 1;
    const kind = (isNew ? IS_NEW : 0) | (after.decided ? IS_DECIDED : 0);
    this.#names.push(name);
    this.#nameLengths.push(name.length);
    this.#promised.push(this.#ballots.numberOf(after.promised));
    this.#accepted.push(after.accepted === null ? 0 : this.#ballots.numberOf(after.accepted.ballot));
    if (after.accepted === null) {
      this.#end(kind, 0, 0);
    } else if (written !== undefined) {
      this.#references.push([written.commit, written.index]);
      this.#end(kind | IS_REFERENCE, 0, 0);
    } else {
      const { opId, value } = after.accepted.proposal;
      this.#opIds.push(opId);
      this.#values.push(value);
      this.#end(kind | HAS_PROPOSAL, opId.length, value.length);
    }
  }

  /** @param registers how many are held with this commit. */
  finish(commit: number, registers: number, { peers, before }: Pick<BlockHead, 'peers' | 'before'>): Buffer {
    const head: BlockHead = { ballots: this.#ballots.texts, peers, references: this.#references, before };
    const json = JSON.stringify(head);
    const text = json + this.#names.join('') + this.#opIds.join('');
    const columns = [
      columnOf(this.#kinds),
      columnOf(this.#promised),
      columnOf(this.#accepted),
      columnOf(this.#nameLengths),
      columnOf(this.#opIdLengths),
      columnOf(this.#valueLengths),
    ];
    const columnBytes = columns.reduce((sum, { bytes }) => sum + bytes, 0);
    const valueBytes = this.#values.reduce((sum, { length }) => sum + length, 0);
    // Not from the shared pool: it may be kept in memory for a while, and would keep others' bytes with it.
    const bytes = Buffer.allocUnsafeSlow(HEADER_BYTES + columnBytes + text.length + valueBytes);
    writeWhole(bytes, commit, COMMIT_AT);
    writeWhole(bytes, registers, REGISTERS_AT);
    bytes.writeUInt32LE(this.#names.length, COUNT_AT);
    bytes.writeUInt32LE(json.length, JSON_BYTES_AT);
    bytes.writeUInt32LE(text.length, TEXT_BYTES_AT);
    let at = HEADER_BYTES;
    for (const column of columns) at = writeColumn(bytes, at, column);
    at += bytes.write(text, at, 'latin1');
    for (const value of this.#values) {
      bytes.set(value, at);
      at += value.length;
    }
    bytes.writeUInt32LE(crc32(bytes.subarray(COMMIT_AT)), 0);
    return bytes;
  }

  #end(kind: number, opIdLength: number, valueLength: number): void {
    this.#kinds.push(kind);
    this.#opIdLengths.push(opIdLength);
    this.#valueLengths.push(valueLength);
  }
}

/** Numbers the ballots of a block. Mostly all registers of a batch have the very same one. */
class BallotNumbers {
  readonly texts: string[] = [];
  readonly #numbers = new Map<string, number>();
  #last: Ballot | undefined;
  #lastNumber = 0;

  numberOf(ballot: Ballot): number {
    if (ballot === this.#last) return this.#lastNumber;
    const text = formatBallot(ballot);
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.texts.push(text) - 1;
      this.#numbers.set(text, number);
    }
    this.#last = ballot;
    this.#lastNumber = number;
    return number;
  }
}
