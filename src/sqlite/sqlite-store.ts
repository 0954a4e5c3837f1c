import type { Identity, Store } from '../ports.ts';
import type { MemberId } from '../protocol/ballot.ts';
import type { Change } from '../protocol/batch.ts';
import type { PeerRecord } from '../protocol/membership.ts';
import type { Decision, RegisterState } from '../protocol/register.ts';
import { Commits } from './commits.ts';
import { closedFailure, foldFailure, loadFailure } from './failures.ts';
import { Finality } from './finality.ts';
import { Folding } from './folding.ts';
import { Lookup, type Search } from './lookup.ts';
import type { Opened } from './opened.ts';
import { PeerBook } from './peer-book.ts';
import { Turnstile } from './turnstile.ts';

const NOTHING: ReadonlyMap<string, RegisterState> = new Map();

/**
 * The store over SQLite. Calls take effect in the order in which they are made, so a load that follows a save sees it.
 * The first failure is final: everything after it fails too.
 */
export class SqliteStore implements Store {
  readonly identity: Identity;
  readonly peers: ReadonlyMap<MemberId, PeerRecord>;
  readonly #opened: Opened;
  readonly #finality: Finality;
  readonly #lookup: Lookup;
  readonly #peerBook: PeerBook;
  readonly #commits: Commits;
  readonly #folding: Folding;
  /** A save waits for room in memory, and what was asked for after it waits with it. */
  readonly #turnstile: Turnstile;
  readonly #loads = new Set<Promise<unknown>>();
  #enrolled: boolean;
  #closed: Promise<void> | undefined;

  constructor(opened: Opened) {
    const { cluster, member, members, storeId, incarnation, enrolled } = opened.identity;
    this.identity = { cluster, member, members, storeId, incarnation };
    this.peers = opened.peers;
    this.#opened = opened;
    this.#enrolled = enrolled;
    this.#finality = new Finality(opened.file);
    this.#lookup = new Lookup(opened);
    this.#peerBook = new PeerBook(opened.peers);
    this.#commits = new Commits(opened, this.#lookup, this.#peerBook, this.#finality);
    this.#folding = new Folding({
      overlays: opened.overlays,
      runs: opened.runs,
      beforeFold: () => this.#flushPeers(),
      onFailed: (error) => this.#finality.fail(foldFailure(error, opened.file)),
    });
    this.#turnstile = new Turnstile(() => this.#folding.room());
    this.#folding.start();
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
    return this.#begin(() =>
      this.#commits.inTurn(async () => {
        await this.#writeIdentity(true);
        this.#enrolled = true;
      }),
    );
  }

  recall(name: string): Decision | undefined {
    if (this.#closed !== undefined || this.#finality.failure !== undefined) return undefined;
    return this.#lookup.recall(name, this.commits);
  }

  find(names: readonly string[]): ReadonlyMap<string, RegisterState> | undefined {
    if (this.#closed !== undefined || this.#finality.failure !== undefined || !this.#turnstile.isFree) return undefined;
    return this.#lookup.search(names) === undefined ? NOTHING : undefined;
  }

  load(names: readonly string[]): Promise<ReadonlyMap<string, RegisterState>> {
    return this.#begin(() => this.#load(names));
  }

  save(changes: readonly Change[]): Promise<number> {
    const { overlays } = this.#opened;
    const hasRoom = () => this.#finality.failure !== undefined || overlays.makeRoomFor(changes.length);
    return this.#begin(() => {
      if (overlays.frozen !== undefined) this.#folding.start();
      return this.#commits.save(changes);
    }, hasRoom);
  }

  noteDecided(commit: number, names: readonly string[]): void {
    const { cache, overlays } = this.#opened;
    const before = cache.get(commit)?.before;
    // Where the last one is not in memory any more, the others are not either, or not for long.
    if (before === undefined) return;
    const blocks = Array.from({ length: before + 1 }, (_, at) => cache.get(commit - before + at));
    overlays.noteDecided(commit - before, blocks, names);
  }

  savePeer(member: MemberId, record: PeerRecord): Promise<void> {
    this.#peerBook.set(member, record);
    return this.#begin(() =>
      this.#commits.inTurn(() => this.#opened.peerTable.write(new Map([[member, record]]), this.commits)),
    );
  }

  notePeerCommits(member: MemberId, commits: number): void {
    this.#peerBook.note(member, commits);
  }

  flushPeers(): Promise<void> {
    return this.#begin(() => this.#flushPeers());
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  #begin<T>(call: () => Promise<T>, mayBegin = () => true): Promise<T> {
    if (this.#closed !== undefined) return Promise.reject(closedFailure(this.#opened.file));
    return this.#turnstile.begin(mayBegin, call);
  }

  #load(names: readonly string[]): Promise<ReadonlyMap<string, RegisterState>> {
    if (this.#finality.failure !== undefined) return Promise.reject(this.#finality.failure);
    const search = this.#lookup.search(names);
    if (search === undefined) return Promise.resolve(new Map());
    const loading = this.#finality.guard(() => this.#loadFound(search), loadFailure);
    this.#loads.add(loading);
    const end = () => this.#loads.delete(loading);
    loading.then(end, end);
    return loading;
  }

  async #loadFound(search: Search): Promise<ReadonlyMap<string, RegisterState>> {
    await this.#lookup.readPlaces(search);
    // A state is told once it is on the disk: until then it may be lost, and the answer with it.
    if (search.lastCommit > this.commits) await this.#commits.settled();
    if (this.#finality.failure !== undefined) throw this.#finality.failure;
    return await this.#lookup.readStates(search);
  }

  /** Blocks that fold away are not replayed at the next start: the table must know what they noted of peers. */
  #flushPeers(): Promise<void> {
    return this.#commits.inTurn(async () => {
      const records = this.#peerBook.takeForTable();
      if (records !== undefined) await this.#opened.peerTable.write(records, this.commits);
    });
  }

  async #close(): Promise<void> {
    await this.#turnstile.begin(
      () => true,
      () => this.#commits.settled(),
    );
    await Promise.allSettled(this.#loads);
    await this.#folding.end();
    const { database, lock, runs } = this.#opened;
    try {
      if (this.#finality.failure === undefined) await this.#flushPeers();
      // The next start can do all of this as well: what is not done here is not lost.
      if (this.#finality.failure === undefined) await this.#leaveLittleToDo().catch(() => undefined);
    } finally {
      await closeAll(runs.file, database).finally(() => lock.release());
    }
  }

  async #leaveLittleToDo(): Promise<void> {
    await this.#writeIdentity(this.#enrolled);
    await this.#folding.foldRest();
  }

  async #writeIdentity(enrolled: boolean): Promise<void> {
    await this.#opened.identityTable.write({ ...this.#opened.identity, commits: this.commits, enrolled });
  }
}

/** Closes the second whatever becomes of the first: the store must not stay open once its lock is gone. */
async function closeAll(index: Opened['runs']['file'], database: Opened['database']): Promise<void> {
  try {
    await index.close();
  } finally {
    await database.close();
  }
}
