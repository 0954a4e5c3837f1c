import { crc32 } from 'node:zlib';
import { proposal } from '../../codec/protocol.ts';
import { Reader } from '../../codec/reader.ts';
import { type Codec, list, struct, whole } from '../../codec/schema.ts';
import { Writer } from '../../codec/writer.ts';
import { StoreCorruptError } from '../../contract/errors.ts';
import { type Ballot, type MemberId, NO_BALLOT, sameBallot } from '../../protocol/ballot.ts';
import type { Change } from '../../protocol/batch.ts';
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

/** What a block says of one register: all of its state. A proposal that is in an earlier block is not written again. */
interface SavedRegister {
  readonly name: string;
  /** Whether the register had no state before. */
  readonly isNew: boolean;
  readonly decided: boolean;
  readonly promised: Ballot;
  /** The ballot at which it has accepted a proposal; null where it has accepted nothing. */
  readonly acceptedAt: Ballot | null;
  readonly proposal: Proposal | null;
  readonly reference: Written | null;
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
const HAS_PROPOSAL = 4;
const HAS_REFERENCE = 8;

const written = struct<Written>({ commit, index: count });

/** By hand, where a struct of optional fields would take twice as long: all registers of a block are read to find one. */
const register: Codec<SavedRegister> = {
  put: (out, { isNew, decided, name, promised, acceptedAt, proposal: held, reference }) => {
    const accepted = held !== null ? HAS_PROPOSAL : reference !== null ? HAS_REFERENCE : 0;
    out.number((isNew ? IS_NEW : 0) | (decided ? IS_DECIDED : 0) | accepted);
    out.text(name);
    out.ballot(promised);
    if (acceptedAt !== null) out.ballot(acceptedAt);
    if (held !== null) proposal.put(out, held);
    if (reference !== null) written.put(out, reference);
  },
  read: (from) => {
    const kind = from.number();
    return {
      isNew: (kind & IS_NEW) !== 0,
      decided: (kind & IS_DECIDED) !== 0,
      name: from.name(),
      promised: from.ballot(),
      acceptedAt: kind < HAS_PROPOSAL ? null : from.ballot(),
      proposal: (kind & HAS_PROPOSAL) === 0 ? null : proposal.read(from),
      reference: (kind & HAS_REFERENCE) === 0 ? null : written.read(from),
    };
  },
};

const REGISTERS = list(register, 'registers');

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
  #names: readonly string[] = [];
  #registers: readonly SavedRegister[] | undefined;

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

  get names(): readonly string[] {
    this.#read();
    return this.#names;
  }

  /** Finds a register's latest state in this block, which may have several; undefined where it has none. */
  find(name: string): number | undefined {
    const index = this.names.lastIndexOf(name);
    return index === -1 ? undefined : index;
  }

  /** Whether the register had no state before. */
  isNew(index: number): boolean {
    return this.#register(index).isNew;
  }

  saved(index: number): Saved {
    const { promised, decided, acceptedAt, reference } = this.#register(index);
    if (acceptedAt === null) return { promised, decided, accepted: null };
    return { promised, decided, accepted: { ballot: acceptedAt, at: reference ?? { commit: this.commit, index } } };
  }

  /** Copies a proposal that is in this block: the value of the block would keep all others of it in memory. */
  proposal(index: number): Proposal {
    const { proposal: held } = this.#register(index);
    if (held === null) throw new Error(`Block ${this.commit} has no proposal ${index}`);
    return { opId: held.opId, value: held.value.slice() };
  }

  #register(index: number): SavedRegister {
    const register = this.#read()[index];
    if (register === undefined) throw new Error(`Block ${this.commit} has no register ${index}`);
    return register;
  }

  #read(): readonly SavedRegister[] {
    if (this.#registers !== undefined) return this.#registers;
    const reader = new Reader(this.bytes, CRC_BYTES);
    HEAD.read(reader);
    const registers = REGISTERS.read(reader);
    reader.end();
    this.#names = registers.map((one) => one.name);
    this.#registers = registers;
    return registers;
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
  const registers = changes.map((change) => registerOf(change, writtenBefore(change)));
  const newRegisters = registers.filter(({ isNew }) => isNew).length;
  const head = { commit: last.commit + 1, registers: last.registers + newRegisters, newRegisters, peers };
  writer.clear();
  HEAD.put(writer, head);
  REGISTERS.put(writer, registers);
  const bytes = writer.finish(CRC_BYTES);
  bytes.writeUInt32LE(crc32(bytes.subarray(CRC_BYTES)), 0);
  return new Block(bytes, head);
}

function registerOf({ name, before, after }: Change, reference: Written | undefined): SavedRegister {
  const { promised, decided, accepted } = after;
  return {
    name,
    isNew: isNew(before),
    decided,
    promised,
    acceptedAt: accepted?.ballot ?? null,
    proposal: reference === undefined ? (accepted?.proposal ?? null) : null,
    reference: reference ?? null,
  };
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
