import type { Identity, Store } from '../../src/ports.ts';
import type { MemberId } from '../../src/protocol/ballot.ts';
import type { Change } from '../../src/protocol/batch.ts';
import type { PeerRecord } from '../../src/protocol/membership.ts';
import type { Decision, RegisterState } from '../../src/protocol/register.ts';
import type { Dice } from './dice.ts';
import type { Disk } from './disk.ts';
import type { Life } from './life.ts';
import type { World } from './world.ts';

/** What an injected failure of a save is called, so that it is told from failures that are nobody's intention. */
export const INJECTED_FAILURE = 'The simulated disk failed.';

/**
 * One life's store over its disk. A save is in memory at first, where a crash loses it; at its commit it is on the disk,
 * where a crash keeps it, though nobody may have been told; then its promise resolves.
 */
export class SimulatedStore implements Store {
  readonly identity: Identity;
  readonly peers: ReadonlyMap<MemberId, PeerRecord>;
  readonly #world: World;
  readonly #life: Life;
  readonly #disk: Disk;
  readonly #dice: Dice;
  /** What is, or is about to be, on the disk of each peer. */
  readonly #book: Map<MemberId, PeerRecord>;
  /** Whose commits were noted since a commit took them along. */
  readonly #notedPeers = new Set<MemberId>();
  /** Registers that are marked as decided, in memory only. */
  readonly #marked = new Set<string>();
  #lastCommitMs = 0;
  #hasFailed = false;

  constructor(world: World, life: Life, disk: Disk, dice: Dice) {
    this.#world = world;
    this.#life = life;
    this.#disk = disk;
    this.#dice = dice;
    const { cluster, member, members, storeId, incarnation } = disk;
    this.identity = { cluster, member, members, storeId, incarnation };
    this.peers = new Map(disk.peers);
    this.#book = new Map(disk.peers);
  }

  get commits(): number {
    return this.#disk.commits;
  }

  get enrolled(): boolean {
    return this.#disk.enrolled;
  }

  enrol(): Promise<void> {
    return this.#commitOnly(() => {
      this.#disk.enrolled = true;
    });
  }

  get registers(): number {
    return this.#disk.registers.size;
  }

  /** Now and then it knows at once that it holds nothing of them. */
  find(names: readonly string[]): ReadonlyMap<string, RegisterState> | undefined {
    if (this.#dice.chance(0.5) || names.some((name) => this.#disk.registers.has(name))) return undefined;
    this.#world.conduct.onLoad(this.#life, this.#disk, names)();
    return new Map();
  }

  load(names: readonly string[]): Promise<ReadonlyMap<string, RegisterState>> {
    const found = () => {
      const states = new Map<string, RegisterState>();
      for (const name of names) {
        const state = this.#disk.registers.get(name);
        if (state !== undefined) states.set(name, this.#marked.has(name) ? { ...state, decided: true } : state);
      }
      return states;
    };
    const early = found();
    const onAnswer = this.#world.conduct.onLoad(this.#life, this.#disk, names);
    if (this.#dice.chance(0.5)) {
      onAnswer();
      return Promise.resolve(early);
    }
    // What is saved between a load's call and its answer may be in it or not.
    const isEarly = this.#dice.chance(0.5);
    return new Promise((resolve) => {
      this.#life.plan(this.#loadMs(), () => {
        onAnswer();
        resolve(isEarly ? early : found());
      });
    });
  }

  /** Now and then it has it no more at hand. */
  recall(name: string): Decision | undefined {
    const state = this.#disk.registers.get(name);
    if (!this.#life.isAlive || state === undefined || this.#dice.chance(0.3)) return undefined;
    return state.decided || this.#marked.has(name) ? (state.accepted ?? undefined) : undefined;
  }

  save(changes: readonly Change[]): Promise<void> {
    const noted = this.#takeNoted();
    return this.#commit(changes, () => {
      this.#disk.commits += 1;
      for (const change of changes) {
        this.#life.votes.onSaved(this.#disk, change);
        this.#disk.registers.set(change.name, change.after);
      }
      this.#keepPeers(noted);
      this.#world.conduct.onSaved(this.#life);
    });
  }

  /** Some of the marks are kept in memory, some get onto the disk in time, and some are lost at once. */
  markDecided(names: readonly string[]): void {
    if (!this.#life.isAlive) return;
    const { trace } = this.#world;
    for (const name of names) {
      this.#life.votes.onNoted(this.#disk, name);
      trace.note(`${this.#life} marks as decided`, { name });
    }
    if (this.#dice.chance(0.3)) return;
    for (const name of names) this.#marked.add(name);
    if (this.#dice.chance(0.5)) this.#life.plan(this.#dice.between(0, 500), () => this.#keepMarks(names));
  }

  async savePeer(member: MemberId, record: PeerRecord): Promise<void> {
    // From here on: what is noted while it is being saved is noted of the new record.
    this.#book.set(member, record);
    this.#notedPeers.delete(member);
    const saved = this.#commitOnly(() => {
      this.#disk.peers.set(member, record);
      this.#world.onPeerSaved(this.#disk, member, record);
    }).then(() => this.#world.conduct.onPeerSaved(this.#life, member, record));
    if (!this.#world.tampering.savesPeersEarly) await saved;
  }

  notePeerCommits(member: MemberId, commits: number): void {
    const record = this.#book.get(member);
    if (this.#world.tampering.forgetsPeerCounts) return;
    if (record === undefined || commits <= record.commits) return;
    this.#book.set(member, { ...record, commits });
    this.#notedPeers.add(member);
  }

  async flushPeers(): Promise<void> {
    const noted = this.#takeNoted();
    if (noted.length > 0) await this.#commitOnly(() => this.#keepPeers(noted));
  }

  async close(): Promise<void> {
    if (!this.#world.tampering.forgetsPeersAtClose) await this.flushPeers();
    await new Promise<void>((resolve) => this.#life.plan(this.#lastCommitMs - this.#world.timeline.nowMs, resolve));
  }

  #takeNoted(): (readonly [member: MemberId, commits: number])[] {
    const noted = [...this.#notedPeers].map((member) => [member, this.#book.get(member)?.commits ?? 0] as const);
    this.#notedPeers.clear();
    return noted;
  }

  #keepPeers(noted: readonly (readonly [member: MemberId, commits: number])[]): void {
    for (const [member, commits] of noted) {
      const record = this.#disk.peers.get(member);
      if (record !== undefined && commits > record.commits) this.#disk.peers.set(member, { ...record, commits });
    }
  }

  #keepMarks(names: readonly string[]): void {
    for (const name of names) {
      const state = this.#disk.registers.get(name);
      if (state !== undefined && this.#marked.has(name)) this.#disk.registers.set(name, { ...state, decided: true });
    }
  }

  async #commitOnly(write: () => void): Promise<void> {
    await this.#commit([], write);
  }

  #commit(changes: readonly Change[], write: () => void): Promise<void> {
    const { timeline, trace, count, faults, tampering } = this.#world;
    if (!this.#life.isTurnOn()) return new Promise(() => undefined);
    const fails = this.#dice.chance(faults.failedCommitShare);
    const isKept = !fails || this.#dice.chance(0.5);
    const what = fails ? `failed commit, ${isKept ? 'kept' : 'gone'}` : 'commit';
    this.#lastCommitMs = Math.max(this.#lastCommitMs, timeline.nowMs + this.#commitMs());
    return new Promise((resolve, reject) => {
      if (tampering.resolvesEarly) resolve();
      timeline.plan(this.#lastCommitMs - timeline.nowMs, () => {
        if (!this.#life.isAlive) return;
        // As in the real store, the first failure is final: what was asked for after it is not written.
        const isOver = this.#hasFailed;
        this.#hasFailed ||= fails;
        const answer = () => (fails || isOver ? reject(new Error(INJECTED_FAILURE)) : resolve());
        if (isKept && !isOver) write();
        if (fails) count('failed commit');
        trace.note(`${this.#life} ${what}`, changes);
        this.#life.plan(this.#dice.between(0, 0.3), answer);
      });
    });
  }

  #loadMs(): number {
    const { faults, count } = this.#world;
    if (!this.#dice.chance(faults.slowCommitShare)) return this.#dice.between(0, 1);
    count('slow load');
    return this.#dice.between(0, 100);
  }

  #commitMs(): number {
    const { options, faults, count } = this.#world;
    if (!this.#dice.chance(faults.slowCommitShare)) return this.#dice.between(0.1, 0.5 + options.jitterMs / 10);
    count('slow commit');
    return this.#dice.between(10, 1_000);
  }
}
