import type { MemberId } from '../protocol/ballot.ts';
import type { PeerRecord } from '../protocol/membership.ts';
import type { Block } from './journal/block.ts';

/** What is, or is about to be, on the disk of each peer. */
export class PeerBook {
  readonly #records: Map<MemberId, PeerRecord>;
  /** Whose commits were noted since the last block. */
  readonly #noted = new Set<MemberId>();
  /** Not at first: blocks that the start went through, which the table does not know of yet, may fold away. */
  #isInTable = false;

  constructor(records: ReadonlyMap<MemberId, PeerRecord>) {
    this.#records = new Map(records);
  }

  get records(): ReadonlyMap<MemberId, PeerRecord> {
    return this.#records;
  }

  set(member: MemberId, record: PeerRecord): void {
    this.#records.set(member, record);
    this.#noted.delete(member);
  }

  note(member: MemberId, commits: number): void {
    const record = this.#records.get(member);
    // A message that was overtaken tells an older count; a peer that was never saved has nothing to add to.
    if (record === undefined || commits <= record.commits) return;
    this.#records.set(member, { ...record, commits });
    this.#noted.add(member);
  }

  /** What the next block is to say. From then on only that block knows, until the table does. */
  takeNoted(): Block['peers'] {
    if (this.#noted.size === 0) return [];
    const noted = [...this.#noted].map((member) => ({ member, commits: this.#records.get(member)?.commits ?? 0 }));
    this.#noted.clear();
    this.#isInTable = false;
    return noted;
  }

  /** The records, if memory or blocks know of them what the table does not. */
  takeForTable(): ReadonlyMap<MemberId, PeerRecord> | undefined {
    if (this.#isInTable && this.#noted.size === 0) return undefined;
    this.#isInTable = true;
    this.#noted.clear();
    return new Map(this.#records);
  }
}
