import type { SteleError } from '../errors.ts';
import type { Identity, Store } from '../ports.ts';
import { type MemberId, NO_BALLOT, sameBallot } from '../protocol/ballot.ts';
import type { Change } from '../protocol/batch.ts';
import type { PeerRecord } from '../protocol/membership.ts';
import type { RegisterState } from '../protocol/register.ts';
import { StateCache } from './cache.ts';
import type { Database } from './database.ts';
import { closedFailure, loadFailure, saveFailure } from './failures.ts';
import type { IdentityRow } from './identity.ts';
import { Queue } from './queue.ts';
import { encodeRow } from './rows.ts';
import type { Tables } from './tables.ts';

/** What a store is made of once its file is open, locked, checked and its incarnation raised. */
export interface Opened {
  readonly file: string;
  readonly database: Database;
  readonly tables: Tables;
  readonly identity: IdentityRow;
  readonly peers: ReadonlyMap<MemberId, PeerRecord>;
  readonly cacheBytesMax: number;
}

/**
 * The store over SQLite. Calls take effect in the order in which they are made, so a load that follows a save sees it.
 * The first failure is final: everything after it fails too.
 */
export class SqliteStore implements Store {
  readonly identity: Identity;
  readonly peers: ReadonlyMap<MemberId, PeerRecord>;
  readonly #opened: Opened;
  readonly #cache: StateCache;
  readonly #queue = new Queue();
  /** What is, or is about to be, on the disk of each peer; and whose commits were noted since they were written. */
  readonly #peerRecords: Map<MemberId, PeerRecord>;
  readonly #notedPeers = new Set<MemberId>();
  #counters: Pick<IdentityRow, 'commits' | 'registers' | 'enrolled'>;
  #failure: SteleError | undefined;
  #closed: Promise<void> | undefined;

  constructor(opened: Opened) {
    const { cluster, member, members, storeId, incarnation, commits, registers, enrolled } = opened.identity;
    this.identity = { cluster, member, members, storeId, incarnation };
    this.peers = opened.peers;
    this.#opened = opened;
    this.#counters = { commits, registers, enrolled };
    this.#peerRecords = new Map(opened.peers);
    this.#cache = new StateCache(opened.cacheBytesMax);
  }

  get commits(): number {
    return this.#counters.commits;
  }

  get registers(): number {
    return this.#counters.registers;
  }

  get enrolled(): boolean {
    return this.#counters.enrolled;
  }

  enrol(): Promise<void> {
    return this.#inTurn(async () => {
      const counters = { ...this.#counters, enrolled: true };
      await this.#opened.tables.identity.write({ ...this.#opened.identity, ...counters });
      this.#counters = counters;
    }, saveFailure);
  }

  load(names: readonly string[]): Promise<ReadonlyMap<string, RegisterState>> {
    return this.#inTurn(() => this.#loadNow(names), loadFailure);
  }

  save(changes: readonly Change[]): Promise<void> {
    return this.#inTurn(() => this.#saveNow(changes), saveFailure);
  }

  savePeer(member: MemberId, record: PeerRecord): Promise<void> {
    this.#peerRecords.set(member, record);
    this.#notedPeers.delete(member);
    return this.#inTurn(() => this.#opened.tables.peers.write(new Map([[member, record]])), saveFailure);
  }

  notePeerCommits(member: MemberId, commits: number): void {
    const record = this.#peerRecords.get(member);
    // A message that was overtaken tells an older count; a peer that was never saved has nothing to add to.
    if (record === undefined || commits <= record.commits) return;
    this.#peerRecords.set(member, { ...record, commits });
    this.#notedPeers.add(member);
  }

  close(): Promise<void> {
    this.#closed ??= this.#queue.run(async () => {
      this.#failure ??= closedFailure(this.#opened.file);
      await this.#opened.database.close();
    });
    return this.#closed;
  }

  #inTurn<T>(work: () => Promise<T>, explain: (error: unknown, file: string) => SteleError): Promise<T> {
    return this.#queue.run(async () => {
      if (this.#failure !== undefined) throw this.#failure;
      try {
        return await work();
      } catch (error) {
        this.#failure = explain(error, this.#opened.file);
        throw this.#failure;
      }
    });
  }

  async #loadNow(names: readonly string[]): Promise<Map<string, RegisterState>> {
    const states = new Map<string, RegisterState>();
    const missing: string[] = [];
    for (const name of names) {
      const cached = this.#cache.get(name);
      if (cached === undefined) missing.push(name);
      else states.set(name, cached);
    }
    if (missing.length === 0) return states;
    for (const [name, state] of await this.#opened.tables.registers.load(missing)) {
      states.set(name, state);
      this.#cache.set(name, state);
    }
    return states;
  }

  async #saveNow(changes: readonly Change[]): Promise<void> {
    if (changes.length === 0) return;
    const { tables, identity } = this.#opened;
    const rows = changes.map(({ name, after }) => encodeRow(name, after));
    const first = changes.filter(({ before }) => sameBallot(before.promised, NO_BALLOT)).length;
    const counters = { ...this.#counters, commits: this.commits + 1, registers: this.registers + first };
    const noted = this.#takeNotedPeers();
    await tables.commit.run(rows, { ...identity, ...counters }, noted);
    // Only now is it on the disk.
    this.#counters = counters;
    for (const { name, after } of changes) this.#cache.set(name, after);
  }

  #takeNotedPeers(): Map<MemberId, PeerRecord> {
    const noted = new Map<MemberId, PeerRecord>();
    for (const member of this.#notedPeers) {
      const record = this.#peerRecords.get(member);
      if (record !== undefined) noted.set(member, record);
    }
    this.#notedPeers.clear();
    return noted;
  }
}
