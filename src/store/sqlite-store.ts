import type { Identity, Store } from '../ports.ts';
import type { MemberId } from '../protocol/ballot.ts';
import type { Change } from '../protocol/batch.ts';
import type { PeerRecord } from '../protocol/membership.ts';
import type { Decision, RegisterState } from '../protocol/register.ts';
import { Commits, type Extent } from './commits.ts';
import { closedFailure, indexFailure, loadFailure } from './failures.ts';
import { Finality } from './finality.ts';
import type { IndexFile } from './index/index-file.ts';
import type { Keydir } from './index/keydir.ts';
import { Snapshots } from './index/snapshots.ts';
import { isNew } from './journal/block.ts';
import type { BlockCache } from './journal/block-cache.ts';
import type { Journal } from './journal/journal.ts';
import type { StoreLock } from './lock/store-lock.ts';
import { Lookup, type Search } from './lookup.ts';
import { PeerBook } from './peer-book.ts';
import type { Database } from './sqlite/database.ts';
import type { IdentityRow, IdentityTable } from './sqlite/identity.ts';
import type { PeerTable } from './sqlite/peers.ts';

const NOTHING: ReadonlyMap<string, RegisterState> = new Map();

/** The parts of a store whose files are open, locked and checked, and whose incarnation is raised. */
export interface StoreParts {
  readonly file: string;
  /** Released once all of it is closed. */
  readonly lock: StoreLock;
  readonly database: Database;
  readonly journal: Journal;
  readonly identityTable: IdentityTable;
  readonly peerTable: PeerTable;
  readonly identity: IdentityRow;
  readonly peers: ReadonlyMap<MemberId, PeerRecord>;
  readonly last: Extent;
  readonly keydir: Keydir;
  readonly indexFile: IndexFile;
  /** What the start replayed: the index file lacks it. */
  readonly replayed: { readonly registers: number; readonly commits: number };
  readonly cache: BlockCache;
}

/**
 * The store over SQLite. Calls take effect in the order in which they are made, so a load that follows a save sees it.
 * The first failure is final: everything after it fails too.
 */
export class SqliteStore implements Store {
  readonly identity: Identity;
  readonly peers: ReadonlyMap<MemberId, PeerRecord>;
  readonly #parts: StoreParts;
  readonly #finality: Finality;
  readonly #lookup: Lookup;
  readonly #peerBook: PeerBook;
  readonly #commits: Commits;
  readonly #snapshots: Snapshots;
  readonly #loads = new Set<Promise<unknown>>();
  #enrolled: boolean;
  #closed: Promise<void> | undefined;

  constructor(parts: StoreParts) {
    const { cluster, member, members, storeId, incarnation, enrolled } = parts.identity;
    const { file, keydir, cache, journal, indexFile } = parts;
    this.identity = { cluster, member, members, storeId, incarnation };
    this.peers = parts.peers;
    this.#parts = parts;
    this.#enrolled = enrolled;
    this.#finality = new Finality(file);
    this.#lookup = new Lookup(keydir, cache, journal);
    this.#peerBook = new PeerBook(parts.peers);
    this.#commits = new Commits(parts, this.#lookup, this.#peerBook, this.#finality, (block, changes) => {
      cache.set(block);
      for (const { name, before } of changes) keydir.set(name, block.commit, isNew(before), cache);
    });
    this.#snapshots = new Snapshots(keydir, indexFile, this.#commits, (error) =>
      this.#finality.fail(indexFailure(error, file)),
    );
    this.#snapshots.count(parts.replayed.registers, parts.replayed.commits);
  }

  get commits(): number {
    return this.#commits.finished.commit;
  }

  get registers(): number {
    return this.#commits.finished.registers;
  }

  get enrolled(): boolean {
    return this.#enrolled;
  }

  enrol(): Promise<void> {
    return this.#ifOpen(() =>
      this.#commits.inTurn(async () => {
        await this.#writeIdentity(true);
        this.#enrolled = true;
      }),
    );
  }

  recall(name: string): Decision | undefined {
    return this.#answers ? this.#lookup.recall(name, this.commits) : undefined;
  }

  find(names: readonly string[]): ReadonlyMap<string, RegisterState> | undefined {
    return this.#answers && !this.#lookup.mayFind(names) ? NOTHING : undefined;
  }

  load(names: readonly string[]): Promise<ReadonlyMap<string, RegisterState>> {
    return this.#ifOpen(() => this.#load(names));
  }

  save(changes: readonly Change[]): Promise<void> {
    return this.#ifOpen(() => {
      const saving = this.#commits.save(changes);
      this.#snapshots.count(changes.length);
      return saving;
    });
  }

  markDecided(names: readonly string[]): void {
    for (const name of names) this.#parts.keydir.markDecided(name);
    if (names.length > 0) this.#snapshots.noteMarks();
  }

  savePeer(member: MemberId, record: PeerRecord): Promise<void> {
    this.#peerBook.set(member, record);
    return this.#ifOpen(() =>
      this.#commits.inTurn(() => this.#parts.peerTable.write(new Map([[member, record]]), this.commits)),
    );
  }

  notePeerCommits(member: MemberId, commits: number): void {
    this.#peerBook.note(member, commits);
  }

  flushPeers(): Promise<void> {
    return this.#ifOpen(() => this.#commits.flushPeers());
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  get #answers(): boolean {
    return this.#closed === undefined && this.#finality.failure === undefined;
  }

  #ifOpen<T>(call: () => Promise<T>): Promise<T> {
    return this.#closed === undefined ? call() : Promise.reject(closedFailure(this.#parts.file));
  }

  #load(names: readonly string[]): Promise<ReadonlyMap<string, RegisterState>> {
    if (this.#finality.failure !== undefined) return Promise.reject(this.#finality.failure);
    const search = this.#lookup.search(names);
    if (search.wanted.length === 0) return Promise.resolve(NOTHING);
    const loading = this.#finality.guard(() => this.#loadFound(search), loadFailure);
    this.#loads.add(loading);
    const end = () => this.#loads.delete(loading);
    loading.then(end, end);
    return loading;
  }

  /** A state is told once it is on the disk: until then it may be lost, and the answer with it. */
  async #loadFound(search: Search): Promise<ReadonlyMap<string, RegisterState>> {
    if (search.lastCommit > this.commits) await this.#commits.idle();
    if (this.#finality.failure !== undefined) throw this.#finality.failure;
    return await this.#lookup.readStates(search);
  }

  async #close(): Promise<void> {
    await this.#commits.idle();
    await Promise.allSettled(this.#loads);
    await this.#snapshots.end();
    const { database, lock, indexFile } = this.#parts;
    try {
      if (this.#finality.failure === undefined) await this.#commits.flushPeers();
      // The next start can do all of this as well: what is not done here is not lost.
      if (this.#finality.failure === undefined) await this.#leaveLittleToDo().catch(() => undefined);
    } finally {
      await closeAll(indexFile, database).finally(() => lock.release());
    }
  }

  async #leaveLittleToDo(): Promise<void> {
    await this.#writeIdentity(this.#enrolled);
    await this.#snapshots.saveRest();
  }

  async #writeIdentity(enrolled: boolean): Promise<void> {
    await this.#parts.identityTable.write({ ...this.#parts.identity, commits: this.commits, enrolled });
  }
}

/** Closes the database whatever becomes of the index: the store must not stay open once its lock is gone. */
async function closeAll(index: IndexFile, database: Database): Promise<void> {
  try {
    await index.close();
  } finally {
    await database.close();
  }
}
