import { crc32 } from 'node:zlib';
import { StoreCorruptError } from '../../contract/errors.ts';
import { type Ballot, parseBallot } from '../../protocol/ballot.ts';
import { invariant } from '../../protocol/invariant.ts';
import type { Proposal } from '../../protocol/register.ts';
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
  parseHead,
  REGISTERS_AT,
  readWhole,
  TEXT_BYTES_AT,
} from './block-format.ts';
import type { Written } from './block-writer.ts';
import { ColumnReader } from './columns.ts';

/** What a block says of one register: all of its state, but for the proposal, which may be in another block. */
export interface Saved {
  readonly promised: Ballot;
  readonly decided: boolean;
  /** The ballot at which it has accepted a proposal, and where that is written; null where it has accepted nothing. */
  readonly accepted: { readonly ballot: Ballot; readonly at: Written } | null;
}

/** What one commit saved, read from its bytes, which were checked to be, to the bit, what was written for it. */
export class Block {
  readonly commit: number;
  /** Registers held with this commit. */
  readonly registers: number;
  readonly count: number;
  readonly bytes: Buffer;
  readonly #kinds: ColumnReader;
  readonly #promised: ColumnReader;
  readonly #accepted: ColumnReader;
  readonly #nameLengths: ColumnReader;
  readonly #opIdLengths: ColumnReader;
  readonly #valueLengths: ColumnReader;
  readonly #namesAt: number;
  #head: BlockHead | undefined;
  #ballots: readonly (Ballot | undefined)[] | undefined;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.commit = readWhole(bytes, COMMIT_AT);
    this.registers = readWhole(bytes, REGISTERS_AT);
    this.count = bytes.readUInt32LE(COUNT_AT);
    this.#kinds = new ColumnReader(bytes, HEADER_BYTES, this.count);
    this.#promised = new ColumnReader(bytes, this.#kinds.end, this.count);
    this.#accepted = new ColumnReader(bytes, this.#promised.end, this.count);
    this.#nameLengths = new ColumnReader(bytes, this.#accepted.end, this.count);
    this.#opIdLengths = new ColumnReader(bytes, this.#nameLengths.end, this.count);
    this.#valueLengths = new ColumnReader(bytes, this.#opIdLengths.end, this.count);
    this.#namesAt = this.#valueLengths.end + bytes.readUInt32LE(JSON_BYTES_AT);
  }

  /** The checksum of all of it. */
  get checksum(): number {
    return this.bytes.readUInt32LE(0);
  }

  get names(): string[] {
    return Array.from({ length: this.count }, (_, index) => this.name(index));
  }

  /** What was noted of peers' commits. */
  get peers(): BlockHead['peers'] {
    return this.#readHead().peers;
  }

  /** How many commits before this one were saved together with it. */
  get before(): number {
    return this.#readHead().before;
  }

  name(index: number): string {
    invariant(index < this.count, `Block ${this.commit} has no register ${index}`);
    return this.#text(this.#namesAt + this.#nameLengths.sumOf(index), this.#nameLengths.at(index));
  }

  /** Finds a register's latest state in this block, which may have several; undefined where it has none. */
  find(name: string): number | undefined {
    for (let index = this.count - 1; index >= 0; index -= 1) if (this.isNamed(index, name)) return index;
    return undefined;
  }

  /** Whether that is the register's name; it makes no text of what is there, since it is asked for every write. */
  isNamed(index: number, name: string): boolean {
    if (index >= this.count || this.#nameLengths.at(index) !== name.length) return false;
    const start = this.#namesAt + this.#nameLengths.sumOf(index);
    for (let at = 0; at < name.length; at += 1) {
      if (this.bytes[start + at] !== name.charCodeAt(at)) return false;
    }
    return true;
  }

  /** Whether the register had no state before. */
  isNew(index: number): boolean {
    return (this.#kinds.at(index) & IS_NEW) !== 0;
  }

  countNew(): number {
    return this.#kinds.countOf(this.count, IS_NEW);
  }

  hasAccepted(index: number): boolean {
    return (this.#kinds.at(index) & (HAS_PROPOSAL | IS_REFERENCE)) !== 0;
  }

  saved(index: number): Saved {
    const kind = this.#kinds.at(index);
    const promised = this.#ballot(this.#promised.at(index));
    const decided = (kind & IS_DECIDED) !== 0;
    if (!this.hasAccepted(index)) return { promised, decided, accepted: null };
    const at = (kind & HAS_PROPOSAL) !== 0 ? { commit: this.commit, index } : this.#reference(index);
    return { promised, decided, accepted: { ballot: this.#ballot(this.#accepted.at(index)), at } };
  }

  /** A copy of a proposal that is in this block: a window on it would keep the whole block in memory. */
  proposal(index: number): Proposal {
    invariant((this.#kinds.at(index) & HAS_PROPOSAL) !== 0, `Block ${this.commit} has no proposal ${index}`);
    const opIdsAt = this.#namesAt + this.#nameLengths.sumOf(this.count);
    const opId = this.#text(opIdsAt + this.#opIdLengths.sumOf(index), this.#opIdLengths.at(index));
    const valuesAt = this.#valueLengths.end + this.bytes.readUInt32LE(TEXT_BYTES_AT);
    const start = valuesAt + this.#valueLengths.sumOf(index);
    return { opId, value: new Uint8Array(this.bytes.subarray(start, start + this.#valueLengths.at(index))) };
  }

  #reference(index: number): Written {
    const [commit, place] = this.#readHead().references[this.#kinds.countOf(index, IS_REFERENCE)] ?? [];
    invariant(commit !== undefined && place !== undefined, `Block ${this.commit} has no reference ${index}`);
    return { commit, index: place };
  }

  #ballot(number: number): Ballot {
    this.#ballots ??= this.#readHead().ballots.map(parseBallot);
    const ballot = this.#ballots[number];
    invariant(ballot !== undefined, `Block ${this.commit} has no ballot ${number}`);
    return ballot;
  }

  #readHead(): BlockHead {
    const at = this.#valueLengths.end;
    this.#head ??= parseHead(this.#text(at, this.#namesAt - at));
    return this.#head;
  }

  #text(at: number, length: number): string {
    return this.bytes.toString('latin1', at, at + length);
  }
}

/** @throws StoreCorruptError unless these are, to the bit, the bytes that were written for that commit. */
export function readBlock(file: string, commit: number, bytes: unknown): Block {
  if (
    Buffer.isBuffer(bytes) &&
    bytes.length > HEADER_BYTES &&
    bytes.readUInt32LE(0) === crc32(bytes.subarray(COMMIT_AT))
  ) {
    const block = new Block(bytes);
    if (block.commit === commit) return block;
  }
  throw new StoreCorruptError(
    `Commit ${commit} in ${file}: what is on the disk is not what was written there. The member stops rather than answer on it; the registers are safe with a majority of the others. Check the disk. Do not put an older copy of the store in its place, nor a new one under the same id.`,
  );
}
