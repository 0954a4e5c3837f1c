import { crc32 } from 'node:zlib';
import { proposal } from '../../codec/protocol.ts';
import { Reader } from '../../codec/reader.ts';
import { type Codec, list, struct, whole } from '../../codec/schema.ts';
import { SEPARATOR, Writer } from '../../codec/writer.ts';
import { StoreCorruptError } from '../../contract/errors.ts';
import { type Ballot, type MemberId, NO_BALLOT, sameBallot } from '../../protocol/ballot.ts';
import type { Change } from '../../protocol/batch.ts';
import { invariant } from '../../protocol/invariant.ts';
import type { Proposal } from '../../protocol/register.ts';

/*
 * A block is what one commit saved, in one blob: a CRC-32 of all that follows, then one record.
 */
const CRC_BYTES = 4;

/** Where a proposal was written: which commit, and which of its registers. */
export interface Written {
  readonly commit: number;
  readonly index: number;
}

interface PeerCount {
  readonly member: MemberId;
  readonly commits: number;
}

interface BlockHead {
  readonly commit: number;
  /** Registers held with this commit, and how many of them had no state before it. */
  readonly registers: number;
  readonly newRegisters: number;
  /** What was noted of peers' commits. */
  readonly peers: readonly PeerCount[];
}

const commit = whole(1, 'a commit');
const count = whole(0, 'a count');
const member: Codec<MemberId> = { put: (out, value) => out.text(value), read: (from) => from.member() };

const HEAD = struct<BlockHead>({
  commit,
  registers: count,
  newRegisters: count,
  peers: list(struct<PeerCount>({ member, commits: count }), 'peers'),
});

/** Bits of the number that a register begins with. */
const IS_NEW = 1;
const IS_DECIDED = 2;
/** It has accepted a proposal, which follows. */
const HAS_PROPOSAL = 4;
/** It has accepted a proposal, which is in an earlier block and not written again. */
const HAS_REFERENCE = 8;

const written = struct<Written>({ commit, index: count });

function putRegister(out: Writer, { name, before, after }: Change, reference: Written | undefined): void {
  const { promised, decided, accepted } = after;
  const held = accepted === null ? 0 : reference === undefined ? HAS_PROPOSAL : HAS_REFERENCE;
  out.number((isNew(before) ? IS_NEW : 0) | (decided ? IS_DECIDED : 0) | held);
  out.text(name);
  out.ballot(promised);
  if (accepted === null) return;
  out.ballot(accepted.ballot);
  if (reference === undefined) proposal.put(out, accepted.proposal);
  else written.put(out, reference);
}

/**
 * The registers of a block, a column for each field. All are read to find one, so nothing is made of a register but
 * numbers: where its texts and its value begin. Nor are names and ids checked again, for the checksum says that they are
 * as they were written.
 */
class Registers {
  readonly kinds: number[] = [];
  readonly names: number[] = [];
  readonly promised: Ballot[] = [];
  readonly acceptedAt: (Ballot | null)[] = [];
  readonly references: (Written | undefined)[] = [];
  readonly opIds: number[] = [];
  /** Where each value begins, and where the last one ends. */
  readonly values: number[] = [];
  readonly #bytes: Buffer;
  readonly #reader: Reader;

  constructor(bytes: Buffer) {
    const from = new Reader(bytes, CRC_BYTES, true);
    this.#bytes = bytes;
    this.#reader = from;
    HEAD.read(from);
    for (let left = count.read(from); left > 0; left -= 1) {
      const kind = from.number();
      const hasProposal = (kind & HAS_PROPOSAL) !== 0;
      this.kinds.push(kind);
      this.names.push(from.skipText());
      this.promised.push(from.ballot());
      this.acceptedAt.push(kind < HAS_PROPOSAL ? null : from.ballot());
      this.opIds.push(hasProposal ? from.skipText() : 0);
      this.values.push(hasProposal ? from.skipValue() : from.valueAt);
      this.references.push((kind & HAS_REFERENCE) === 0 ? undefined : written.read(from));
    }
    this.values.push(from.valueAt);
    from.end();
  }

  name(index: number): string {
    return this.#text(this.names[index] as number);
  }

  /** Whether a register has a name. It makes no text of what is there. */
  isNamed(index: number, name: string): boolean {
    const start = this.names[index] as number;
    for (let at = 0; at < name.length; at += 1) if (this.#bytes[start + at] !== name.charCodeAt(at)) return false;
    return this.#endOf(start) === start + name.length;
  }

  proposal(index: number): Proposal {
    const value = this.#reader.copyValue(this.values[index] as number, this.values[index + 1] as number);
    return { opId: this.#text(this.opIds[index] as number), value };
  }

  #text(start: number): string {
    return this.#bytes.toString('latin1', start, this.#endOf(start));
  }

  #endOf(start: number): number {
    const end = this.#bytes.indexOf(SEPARATOR, start);
    return end === -1 || end > this.#reader.textsEnd ? this.#reader.textsEnd : end;
  }
}

/** What a block says of one register: all of its state, but for the proposal, which may be in another block. */
export interface Saved {
  readonly promised: Ballot;
  readonly decided: boolean;
  /** The ballot at which it has accepted a proposal, and where that is written; null where it has accepted nothing. */
  readonly accepted: { readonly ballot: Ballot; readonly at: Written } | null;
}

/** What one commit saved, read from its bytes. Most blocks are written and never read, so it is taken apart when asked. */
export class Block {
  readonly bytes: Buffer;
  readonly #head: BlockHead;
  #read: Registers | undefined;

  /** @param bytes as they were written. */
  constructor(bytes: Buffer, head = HEAD.read(new Reader(bytes, CRC_BYTES))) {
    this.bytes = bytes;
    this.#head = head;
  }

  get commit(): number {
    return this.#head.commit;
  }

  /** Registers held with this commit. */
  get registers(): number {
    return this.#head.registers;
  }

  /** How many registers had no state before this commit. */
  get newRegisters(): number {
    return this.#head.newRegisters;
  }

  get peers(): readonly PeerCount[] {
    return this.#head.peers;
  }

  /** The checksum of all of it. */
  get checksum(): number {
    return this.bytes.readUInt32LE(0);
  }

  get names(): string[] {
    return this.#registers.kinds.map((_, index) => this.#registers.name(index));
  }

  /** Finds a register's latest state in this block, which may have several; undefined where it has none. */
  find(name: string): number | undefined {
    const registers = this.#registers;
    for (let index = registers.kinds.length - 1; index >= 0; index -= 1)
      if (registers.isNamed(index, name)) return index;
    return undefined;
  }

  /** Whether the register had no state before. */
  isNew(index: number): boolean {
    return (this.#kind(index) & IS_NEW) !== 0;
  }

  saved(index: number): Saved {
    const decided = (this.#kind(index) & IS_DECIDED) !== 0;
    const { promised, acceptedAt, references } = this.#registers;
    const ballot = acceptedAt[index] as Ballot | null;
    const at = references[index] ?? { commit: this.commit, index };
    return { promised: promised[index] as Ballot, decided, accepted: ballot === null ? null : { ballot, at } };
  }

  /** Copies a proposal that is in this block: a window on it would keep the whole block in memory. */
  proposal(index: number): Proposal {
    invariant((this.#kind(index) & HAS_PROPOSAL) !== 0, `Block ${this.commit} has no proposal ${index}`);
    return this.#registers.proposal(index);
  }

  #kind(index: number): number {
    const kind = this.#registers.kinds[index];
    invariant(kind !== undefined, `Block ${this.commit} has no register ${index}`);
    return kind;
  }

  get #registers(): Registers {
    this.#read ??= new Registers(this.bytes);
    return this.#read;
  }
}

const writer = new Writer();

/**
 * Makes the block of one commit.
 * @param last the commit before it.
 * @param writtenBefore where the accepted proposal of a change stands already; undefined to write it here.
 */
export function blockOf(
  last: Pick<BlockHead, 'commit' | 'registers'>,
  peers: BlockHead['peers'],
  changes: readonly Change[],
  writtenBefore: (change: Change) => Written | undefined = () => undefined,
): Block {
  const newRegisters = changes.filter(({ before }) => isNew(before)).length;
  const head = { commit: last.commit + 1, registers: last.registers + newRegisters, newRegisters, peers };
  writer.clear();
  HEAD.put(writer, head);
  count.put(writer, changes.length);
  for (const change of changes) putRegister(writer, change, writtenBefore(change));
  const bytes = writer.finish(CRC_BYTES);
  bytes.writeUInt32LE(crc32(bytes.subarray(CRC_BYTES)), 0);
  return new Block(bytes, head);
}

/** Whether a register has no state. */
export function isNew({ promised }: Change['before']): boolean {
  return sameBallot(promised, NO_BALLOT);
}

/** @throws StoreCorruptError unless these are, to the bit, the bytes that were written for that commit. */
export function readBlock(file: string, commit: number, bytes: unknown): Block {
  if (
    Buffer.isBuffer(bytes) &&
    bytes.length > CRC_BYTES &&
    bytes.readUInt32LE(0) === crc32(bytes.subarray(CRC_BYTES))
  ) {
    const block = new Block(bytes);
    if (block.commit === commit) return block;
  }
  throw new StoreCorruptError(
    `Commit ${commit} in ${file}: what is on the disk is not what was written there. The member stops rather than answer on it; the registers are safe with a majority of the others. Check the disk. Do not put an older copy of the store in its place, nor a new one under the same id.`,
  );
}
