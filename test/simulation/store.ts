import type { Identity, Store } from '../../src/ports.ts';
import type { MemberId } from '../../src/protocol/ballot.ts';
import type { Change } from '../../src/protocol/batch.ts';
import type { PeerRecord } from '../../src/protocol/membership.ts';
import type { RegisterState } from '../../src/protocol/register.ts';
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
  readonly #notedCommits = new Map<MemberId, number>();
  #lastCommitMs = 0;

  constructor(world: World, life: Life, disk: Disk, dice: Dice) {
    this.#world = world;
    this.#life = life;
    this.#disk = disk;
    this.#dice = dice;
    const { cluster, member, members, storeId, incarnation } = disk;
    this.identity = { cluster, member, members, storeId, incarnation };
    this.peers = new Map(disk.peers);
  }

  get commits(): number {
    return this.#disk.commits;
  }

  get enrolled(): boolean {
    return this.#disk.enrolled;
  }

  enrol(): Promise<void> {
    return this.#commit([], () => {
      this.#disk.enrolled = true;
    });
  }

  get registers(): number {
    return this.#disk.registers.size;
  }

  load(names: readonly string[]): Promise<ReadonlyMap<string, RegisterState>> {
    const found = () => {
      const states = new Map<string, RegisterState>();
      for (const name of names) {
        const state = this.#disk.registers.get(name);
        if (state !== undefined) states.set(name, state);
      }
      return states;
    };
    if (this.#dice.chance(0.7)) return Promise.resolve(found());
    return new Promise((resolve) => this.#life.plan(this.#dice.between(0, 1), () => resolve(found())));
  }

  save(changes: readonly Change[]): Promise<void> {
    return this.#commit(changes, () => {
      this.#disk.commits += 1;
      for (const change of changes) {
        this.#world.votes.onSaved(this.#disk, change);
        this.#disk.registers.set(change.name, change.after);
      }
      for (const [member, commits] of this.#notedCommits) {
        const record = this.#disk.peers.get(member);
        if (record !== undefined) this.#disk.peers.set(member, { ...record, commits });
      }
    });
  }

  savePeer(member: MemberId, record: PeerRecord): Promise<void> {
    return this.#commit([], () => {
      this.#notedCommits.delete(member);
      this.#disk.peers.set(member, record);
      this.#world.onPeerSaved(this.#disk, member, record);
    });
  }

  notePeerCommits(member: MemberId, commits: number): void {
    this.#notedCommits.set(member, commits);
  }

  close(): Promise<void> {
    return Promise.resolve();
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
      const answer = () => (fails ? reject(new Error(INJECTED_FAILURE)) : resolve());
      timeline.plan(this.#lastCommitMs - timeline.nowMs, () => {
        if (!this.#life.isAlive) return;
        if (isKept) write();
        if (fails) count('failed commit');
        trace.note(`${this.#life} ${what}`, changes);
        this.#life.plan(this.#dice.between(0, 0.3), answer);
      });
    });
  }

  #commitMs(): number {
    const { options, faults, count } = this.#world;
    if (!this.#dice.chance(faults.slowCommitShare)) return this.#dice.between(0.1, 0.5 + options.jitterMs / 10);
    count('slow commit');
    return this.#dice.between(10, 1_000);
  }
}
