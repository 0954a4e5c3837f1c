import type { Clock } from '../../src/ports.ts';
import type { Disk } from './disk.ts';
import type { Moment } from './timeline.ts';
import type { Votes } from './votes.ts';
import type { World } from './world.ts';

/** What a life needs to know of the machine that it is lived on. */
interface LivesOn {
  readonly address: string;
  readonly member: string;
  readonly votes: Votes;
  /** Which of the simulated clusters, whatever their names. */
  readonly cluster: string;
  readonly clockJumps: number;
}

/**
 * One life of a member, from a start to a crash: what stands between its code and the world. Once it is over nothing that
 * its code still does has any effect; while it is paused, all that would reach its code waits.
 */
export class Life {
  /** Of its host: that of another cluster may run a member of the same id. */
  readonly address: string;
  readonly member: string;
  /** What is chosen in its cluster. */
  readonly votes: Votes;
  readonly cluster: string;
  /** How often its clock has jumped. */
  readonly clockJumps: () => number;
  /** Whether it runs on the disk that holds all that its member ever saved. */
  readonly isGenuine: boolean;
  readonly clock: Clock;
  isAlive = true;
  /** Until its member has stopped or failed: from then on it takes in nothing more. */
  isOpen = true;
  readonly incarnation: number;
  readonly #world: World;
  /** Called when it dies in the middle of a turn. */
  readonly #onDeath: () => void;
  #isPaused = false;
  #backlog: (() => void)[] = [];
  #effectsLeft = Number.POSITIVE_INFINITY;

  constructor(world: World, host: LivesOn, disk: Disk, clockOffsetMs: () => number, onDeath: () => void) {
    this.#world = world;
    this.address = host.address;
    this.member = host.member;
    this.votes = host.votes;
    this.cluster = host.cluster;
    this.clockJumps = () => host.clockJumps;
    this.isGenuine = disk.isGenuine;
    this.incarnation = disk.incarnation;
    this.#onDeath = onDeath;
    const { timeline } = world;
    this.clock = {
      now: () => timeline.nowMs + clockOffsetMs(),
      setTimeout: (callback, delayMs) => this.plan(delayMs, () => callback()),
      clearTimeout: (handle: Moment | undefined) => {
        if (handle !== undefined) timeline.cancel(handle);
      },
    };
  }

  toString(): string {
    return `${this.address}/${this.incarnation}`;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Plans what its code is to do later, unless it is over by then. */
  plan(delayMs: number, run: () => void): Moment {
    return this.#world.timeline.plan(delayMs, () => this.enter(run));
  }

  /** Lets its code run: now, on its return from a pause, or never. */
  enter(run: () => void): void {
    if (!this.isAlive) return;
    if (this.#isPaused) {
      this.#backlog.push(run);
      return;
    }
    try {
      run();
    } catch (error) {
      this.#world.onThrown(this, error);
    }
  }

  /** Asked before everything that its code does to the world: whether that still has an effect. */
  isTurnOn(): boolean {
    if (!this.isAlive) return false;
    this.#effectsLeft -= 1;
    if (this.#effectsLeft > 0) return true;
    this.end();
    this.#onDeath();
    return false;
  }

  /** It dies in the middle of what it does, after so many more effects. */
  endAfter(effects: number): void {
    this.#effectsLeft = effects;
  }

  end(): void {
    this.isAlive = false;
    this.#backlog = [];
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    const backlog = this.#backlog;
    this.#backlog = [];
    for (const run of backlog) this.plan(0, run);
  }
}
