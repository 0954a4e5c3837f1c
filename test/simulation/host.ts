import type { MemberEvent } from '../../src/events.ts';
import type { Member } from '../../src/node/member.ts';
import type { Dice } from './dice.ts';
import { copyOf, type Disk, emptyDisk } from './disk.ts';
import { Life } from './life.ts';
import { INJECTED_FAILURE, SimulatedStore } from './store.ts';
import { seenOf } from './votes.ts';
import type { World } from './world.ts';

/** The machine that one member runs on: its disk, its clock, and the process that comes and goes. */
export class Host {
  readonly member: string;
  life: Life | undefined;
  process: Member | undefined;
  state = 'down';
  disk: Disk;
  readonly #world: World;
  readonly #dice: Dice;
  /** The disk that holds all that the member ever saved; another one may be in its place. */
  readonly #genuine: Disk;
  #oldCopy: Disk | undefined;
  #clockOffsetMs = 0;
  #wipes = 0;

  constructor(world: World, member: string, members: readonly string[], dice: Dice) {
    this.#world = world;
    this.member = member;
    this.#dice = dice;
    this.#genuine = emptyDisk(member, members, `disk-of-${member}`);
    this.disk = this.#genuine;
  }

  get isHealthy(): boolean {
    return this.disk.isGenuine;
  }

  start(): void {
    if (this.life?.isAlive) return;
    const world = this.#world;
    const { disk } = this;
    world.tampering.beforeStart?.(disk);
    disk.incarnation += 1;
    const offset = () => this.#clockOffsetMs;
    const life = new Life(world, this.member, disk.incarnation, offset, () =>
      this.#onDeath('died in the middle of a turn'),
    );
    world.conduct.onStart(life, disk);
    const store = new SimulatedStore(world, life, disk, this.#dice.fork());
    const process = new world.Member(world.options.settings, {
      transport: world.network.transportOf(life),
      store,
      clock: life.clock,
      random: this.#dice.fork().next,
    });
    process.subscribe((event) => this.#onEvent(life, disk, event));
    this.life = life;
    this.process = process;
    world.trace.note(`${life} starts on ${disk.storeId}${disk.isGenuine ? '' : ', which is not its disk'}`);
    process.done.catch((error: unknown) => {
      if (life.isAlive) this.#onStopped(error);
    });
    life.enter(() => process.start());
  }

  startLater(): void {
    this.#world.timeline.plan(this.#dice.between(5, 50) * 40 ** this.#dice.next(), () => this.start());
  }

  crash(): void {
    if (!this.life?.isAlive) return;
    this.life.end();
    this.#onDeath('crashes');
  }

  /** It will crash in the middle of some turn that it takes soon. */
  crashMidTurn(): void {
    this.life?.endAfter(1 + this.#dice.below(6));
  }

  pause(): void {
    const { life } = this;
    if (!life?.isAlive || life.isPaused) return;
    this.#world.trace.note(`${life} pauses`);
    life.pause();
  }

  resume(): void {
    const { life } = this;
    if (!life?.isAlive || !life.isPaused) return;
    this.#world.trace.note(`${life} resumes`);
    life.resume();
  }

  jumpClock(jumpMs: number): void {
    this.#world.trace.note(`the clock of ${this.member} jumps by ${jumpMs.toFixed(0)} ms`);
    this.#clockOffsetMs += jumpMs;
  }

  /** Sets a copy of its disk aside, to be put in its place later. */
  copyDisk(): void {
    if (this.disk.isGenuine) this.#oldCopy = copyOf(this.disk);
  }

  /** What is left for `comeBackOnOldCopy`; undefined when no copy was made. */
  get oldCopy(): Disk | undefined {
    return this.#oldCopy;
  }

  comeBackOnOldCopy(): void {
    if (this.#oldCopy === undefined) return;
    this.crash();
    this.disk = copyOf(this.#oldCopy);
    this.#oldCopy = undefined;
  }

  comeBackWiped(): void {
    this.crash();
    this.#wipes += 1;
    const { member, members } = this.#genuine;
    const wiped = emptyDisk(member, members, `wiped-disk-${this.#wipes}-of-${member}`, false);
    this.disk = this.#world.tampering.forge?.(this.#genuine) ?? wiped;
  }

  /**
   * Its own disk turns up again. Before a cluster is founded nobody may accuse a lost one, so it only waits; and without it
   * the others, who need to have met all there are, wait too.
   */
  findDisk(): void {
    if (this.disk.isGenuine) return;
    this.crash();
    this.disk = this.#genuine;
  }

  #onDeath(how: string): void {
    this.#world.trace.note(`${this.life} ${how}`);
    this.#down();
  }

  #down(): void {
    this.life?.end();
    this.state = 'down';
    this.process = undefined;
    this.startLater();
  }

  /** Its process gave up by itself. */
  #onStopped(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const wasInjected = message.includes(INJECTED_FAILURE);
    const wasRefused = !this.disk.isGenuine && (error as { code?: unknown }).code === 'STELE_NOT_ADMITTED';
    this.#world.trace.note(`${this.life} stops: ${message}`);
    if (wasRefused) {
      this.#world.count('disk refused');
      this.disk = this.#genuine;
    } else if (!wasInjected) {
      this.#world.flag({ property: 'a healthy member goes on', register: null, detail: `${this.life}: ${message}` });
    }
    this.#down();
  }

  #onEvent(life: Life, disk: Disk, event: MemberEvent): void {
    const { votes, trace } = this.#world;
    if (!life.isAlive) return;
    switch (event.type) {
      case 'state':
        this.state = event.state;
        trace.note(`${life} is ${event.state}`);
        if (event.state === 'serving' && !disk.isGenuine) this.#world.flagAdmitted(disk);
        return;
      case 'asked':
        votes.onAsked(`${life}`, event.requests);
        return;
      case 'opening':
        votes.onOpening(life, event.opening);
        return;
      case 'trouble':
        trace.note(`${life} has trouble: ${event.what}`);
        if (event.what.includes('and their home is')) {
          this.#world.flag({ property: 'nobody opens what is not its own', register: null, detail: `${life}` });
        }
        return;
      case 'answered':
        this.#world.conduct.onVoted(life, this.state, event.to, event.replies);
        if (disk.isGenuine) votes.onAnswered(disk, event.replies);
        return;
      case 'decided':
        votes.onTold(`${life}`, event.name, seenOf(event.decision.proposal));
        this.#world.publish(this.member, event.name, seenOf(event.decision.proposal));
        return;
      case 'overloaded':
        this.#world.count('overload');
        return;
      case 'committed':
      case 'peer-up':
      case 'peer-down':
      case 'peer-refused':
        return;
    }
  }
}
