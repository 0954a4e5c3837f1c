import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NatsConnection } from 'nats';
import { gatherStatus } from '../../src/cli/status/gather.ts';
import type { Dice } from '../simulation/dice.ts';
import type { Violation } from '../simulation/history/history.ts';
import type { Capabilities } from './capabilities.ts';
import type { Host } from './host.ts';
import type { Counts, Log } from './log.ts';
import type { NatsServers } from './nats.ts';
import type { Recorder } from './recorder.ts';
import type { Wire } from './wire.ts';

/** One process's wires, one to each NATS server. */
export interface Wires {
  readonly owner: string;
  readonly lines: readonly Wire[];
}

export interface WorldOptions {
  readonly dice: Dice;
  readonly log: Log;
  readonly faults: Counts;
  readonly directory: string;
  readonly servers: NatsServers;
  readonly hosts: readonly Host[];
  readonly wires: readonly Wires[];
  /** For questions of the torture itself: straight to NATS, with no weather in between. */
  readonly observer: NatsConnection;
  readonly recorder: Recorder;
  readonly violations: Violation[];
  readonly capabilities: Capabilities;
  /** The one host whose directory is on a disk so small that it can be filled; undefined where none can be. */
  readonly smallDisk: { readonly host: Host; readonly mount: string } | undefined;
  /** Ends everything early. */
  readonly signal: AbortSignal;
}

const READY_TIMEOUT_MS = 45_000;
/** Whatever waits listens for the end of the run. */
const WAITING_MAX = 500;

/** All that one episode is made of, for faults to act on. */
export class World {
  readonly options: WorldOptions;
  /** Whether faults are to end soon. */
  #calm = new AbortController();

  constructor(options: WorldOptions) {
    this.options = options;
    setMaxListeners(WAITING_MAX, options.signal);
  }

  say(text: string): void {
    this.options.log.say(text);
  }

  count(fault: string): void {
    this.options.faults.add(fault);
  }

  flag(property: string, detail: string): void {
    this.options.violations.push({ property, register: null, detail });
    this.say(`VIOLATION ${property}: ${detail}`);
  }

  /** Waits; throws when the run is ended early. */
  async wait(forMs: number): Promise<void> {
    await sleep(forMs, undefined, { signal: this.options.signal });
  }

  /** As long as a fault lasts: so long, or until all faults are to end. */
  async last(forMs: number): Promise<void> {
    const { signal } = this.options;
    await sleep(forMs, undefined, { signal: AbortSignal.any([signal, this.#calm.signal]) }).catch(() => undefined);
    signal.throwIfAborted();
  }

  /** Polls. @returns whether it came true in time. */
  async until(holds: () => boolean, withinMs: number): Promise<boolean> {
    for (const endMs = performance.now() + withinMs; !holds(); await this.wait(25)) {
      if (performance.now() > endMs) return false;
    }
    return true;
  }

  setCalm(isCalm: boolean): void {
    if (isCalm) this.#calm.abort();
    else this.#calm = new AbortController();
  }

  /** Up to so many hosts that run and are in nobody's hands: they are in the caller's until it gives them back. */
  take(count: number): Host[] {
    const free = this.options.hosts.filter(({ isTaken, isOut, isRunning }) => !isTaken && !isOut && isRunning);
    const taken = this.options.dice.shuffle(free).slice(0, count);
    for (const host of taken) host.isTaken = true;
    return taken;
  }

  /** Gives hosts back, running as they should. */
  giveBack(hosts: readonly Host[]): void {
    for (const host of hosts) {
      host.isTaken = false;
      if (host.isOut || host.isRunning || this.options.signal.aborted) continue;
      this.say(`${host.id}: started`);
      host.start();
    }
  }

  /** Waits until every host that may run serves, and the first of them takes the writes; a violation where that is not so. */
  async untilServing(): Promise<void> {
    const endMs = performance.now() + READY_TIMEOUT_MS;
    for (;;) {
      const wanted = this.options.hosts.filter(({ isOut }) => !isOut);
      const statuses = await gatherStatus(this.options.observer, 400).catch(() => []);
      this.options.signal.throwIfAborted();
      const serving = new Set(statuses.filter(({ state }) => state === 'serving').map(({ member }) => member));
      const missing = wanted.filter(({ id }) => !serving.has(id));
      const inCharge = statuses.filter(({ takesWrites }) => takesWrites).map(({ member }) => member);
      const [first] = wanted.map(({ id }) => id).sort();
      if (missing.length === 0 && inCharge.length === 1 && inCharge[0] === first) return;
      for (const host of missing) this.#giveUpOn(host);
      if (performance.now() > endMs) {
        const names = missing.map(({ id, running }) => `${id} (${running?.lastWords ?? 'never started'})`);
        if (names.length === 0) {
          const property = 'once faults stop, exactly one member takes the writes: the first that may run';
          return this.flag(property, `${inCharge} in place of ${first}`);
        }
        return this.flag('once faults stop, every member with a good disk serves', names.join('; '));
      }
      await this.wait(50);
    }
  }

  /** A host whose disk was damaged may stop whenever it meets the damage; it stays down then. */
  #giveUpOn(host: Host): void {
    if (!host.hasDamagedDisk || host.isRunning) return;
    host.isOut = true;
    this.say(`${host.id}: met the damage and stopped: ${host.running?.lastWords ?? ''}`);
  }
}
