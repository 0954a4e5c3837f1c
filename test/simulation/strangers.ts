import type { Dice } from './dice.ts';
import { Host } from './host.ts';
import { Votes } from './votes.ts';
import type { World } from './world.ts';

/** How often somebody writes to the second cluster. */
const WRITE_MEAN_MS = 40;
/** How long the two clusters are on one network. */
const TOGETHER_MEAN_MS = 4_000;
const bytes = new TextEncoder();

/** A second cluster on the same prefix, that comes and goes: by new processes, or by two networks that are joined. */
export class Strangers {
  readonly #world: World;
  readonly #dice: Dice;
  readonly #hosts: readonly Host[];
  #isOver = false;
  #writes = 0;

  constructor(world: World, dice: Dice) {
    this.#world = world;
    this.#dice = dice;
    const { members, isNamesake } = world.options.strangers;
    const cluster = isNamesake ? 'simulated' : 'another';
    const votes = new Votes(members.length, (violation) => world.flag(violation));
    const isMet = world.options.faults.strangersMeanMs > 0;
    this.#hosts = (isMet ? members : []).map(
      (member) => new Host(world, { cluster, member, members }, votes, dice.fork(), 'x'),
    );
  }

  /** Until the cluster under test is founded nobody could tell which of the two a new store is of. */
  start(): void {
    if (this.#hosts.length > 0) this.#after(200, () => this.#begin());
  }

  /** They are gone for good, without a goodbye. */
  stop(): void {
    this.#isOver = true;
    for (const host of this.#hosts) host.vanish();
    this.#world.network.joinAll();
  }

  #begin(): void {
    const { hosts, network, options } = this.#world;
    if (hosts.some(({ disk }) => !disk.enrolled)) {
      this.#after(200, () => this.#begin());
      return;
    }
    if (options.strangers.isFounded) network.setApart(this.#hosts.map(({ address }) => address));
    this.#after(this.#dice.wait(options.faults.strangersMeanMs), () => {
      for (const host of this.#hosts) host.start();
      this.#write();
      this.#crash();
      if (options.strangers.isFounded) this.#whenFounded(() => this.#meet());
    });
  }

  #whenFounded(go: () => void): void {
    if (this.#hosts.every(({ disk }) => disk.enrolled)) go();
    else this.#after(200, () => this.#whenFounded(go));
  }

  #meet(): void {
    const { network, options, trace, count } = this.#world;
    this.#after(this.#dice.wait(options.faults.strangersMeanMs), () => {
      trace.note('the networks of two clusters are joined');
      count('networks joined');
      network.joinAll();
      this.#after(this.#dice.wait(TOGETHER_MEAN_MS), () => {
        trace.note('the networks of two clusters are taken apart');
        network.setApart(this.#hosts.map(({ address }) => address));
        this.#meet();
      });
    });
  }

  #crash(): void {
    this.#after(this.#dice.wait(TOGETHER_MEAN_MS), () => {
      const host = this.#dice.pick(this.#hosts);
      if (this.#dice.chance(0.5)) host.crash();
      else host.leave();
      this.#crash();
    });
  }

  /** Somebody who takes this cluster for the other one writes a register. */
  #write(): void {
    this.#after(this.#dice.wait(WRITE_MEAN_MS), () => {
      this.#writeAt(this.#dice.pick(this.#hosts));
      this.#write();
    });
  }

  #writeAt({ life, process }: Host): void {
    if (life === undefined || process === undefined) return;
    const { beside, options } = this.#world;
    this.#writes += 1;
    const opId = `x-${this.#writes}`;
    const name = `register.${this.#dice.below(options.registers)}`;
    life.enter(() => {
      const mustRefuse = beside.mustRefuse(life);
      process.write(name, { opId, value: bytes.encode(opId) }, ({ outcome }) => {
        this.#world.count(`stranger's write ${outcome}`);
        if (mustRefuse && outcome !== 'refused') this.#world.flagBeside(life, name);
      });
    });
  }

  #after(delayMs: number, run: () => void): void {
    this.#world.timeline.plan(delayMs, () => this.#isOver || run());
  }
}
