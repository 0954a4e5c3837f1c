import type { MemberEvent, MemberState } from '../../src/events.ts';
import { Member } from '../../src/node/member.ts';
import type { Dice } from './dice.ts';
import { copyOf, type Disk, emptyDisk, type Owner } from './disk.ts';
import { Life } from './life.ts';
import { INJECTED_FAILURE, SimulatedStore } from './store.ts';
import { seenOf, type Votes } from './votes.ts';
import type { World } from './world.ts';

/** The machine that one member runs on: its disk, its clock, and the process that comes and goes. */
export class Host {
  /** No other host has it; the id of its member may be another host's too, of another cluster. */
  readonly address: string;
  readonly member: string;
  readonly cluster: string;
  readonly votes: Votes;
  life: Life | undefined;
  process: Member | undefined;
  state = 'down';
  disk: Disk;
  #takesWrites = false;
  readonly #world: World;
  readonly #dice: Dice;
  /** The disk that holds all that the member ever saved; another one may be in its place. */
  readonly #genuine: Disk;
  #oldCopy: Disk | undefined;
  #clockOffsetMs = 0;
  #wipes = 0;
  #clockJumps = 0;
  /** Whether its process is started again when it has ended. */
  #isKeptUp = true;

  /** @param cluster which of the clusters it is of: '' for the one under test, whose hosts are called as their members. */
  constructor(world: World, owner: Owner, votes: Votes, dice: Dice, cluster = '') {
    this.#world = world;
    this.member = owner.member;
    this.cluster = cluster;
    this.votes = votes;
    this.address = cluster === '' ? this.member : `${cluster}.${this.member}`;
    this.#dice = dice;
    this.#genuine = emptyDisk(owner, `disk-of-${this.address}`);
    this.disk = this.#genuine;
    world.network.addHost(owner, this.address);
  }

  get clockJumps(): number {
    return this.#clockJumps;
  }

  get isHealthy(): boolean {
    return this.disk.isGenuine;
  }

  /** Whether NATS hands it the clients' writes, which wait while its process is paused. */
  get takesWrites(): boolean {
    return this.#takesWrites && this.life?.isAlive === true;
  }

  start(): void {
    if (this.life?.isAlive || !this.#isKeptUp) return;
    const world = this.#world;
    const { disk } = this;
    world.tampering.beforeStart?.(disk);
    disk.incarnation += 1;
    const offset = () => this.#clockOffsetMs;
    const life = new Life(world, this, disk, offset, () => this.#onDeath('died in the middle of a turn'));
    world.conduct.onStart(life, disk);
    const store = new SimulatedStore(world, life, disk, this.#dice.fork());
    const ports = {
      transport: world.network.transportOf(life),
      store,
      clock: life.clock,
      random: this.#dice.fork().next,
    };
    const process = new Member(world.options.settings, ports, world.rules);
    process.subscribe((event) => this.#onEvent(life, disk, event));
    this.life = life;
    this.process = process;
    world.trace.note(`${life} starts on ${disk.storeId}${disk.isGenuine ? '' : ', which is not its disk'}`);
    process.done.then(
      () => life.isAlive && this.#onLeft(life),
      (error: unknown) => life.isAlive && this.#onStopped(life, error),
    );
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

  /** Its process is asked to leave in order. */
  leave(): void {
    const { life, process } = this;
    if (!life?.isAlive || life.isPaused) return;
    this.#world.trace.note(`${life} is asked to leave`);
    life.enter(() => {
      void process?.leaveWrites().then(() => life.enter(() => void process.drain().catch(() => undefined)));
    });
  }

  /** Crashes, and is not started again before `comeBack`. */
  vanish(): void {
    this.#isKeptUp = false;
    this.crash();
  }

  comeBack(): void {
    this.#isKeptUp = true;
    this.start();
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
    this.#clockJumps += 1;
  }

  /** Sets a copy of its disk aside, to be put in its place later. */
  copyDisk(): void {
    if (this.disk.isGenuine) this.#oldCopy = copyOf(this.disk);
  }

  /** Whether it runs on a copy that was put in the place of its disk. */
  get isOnOldCopy(): boolean {
    return !this.disk.isGenuine && this.disk.storeId === this.#genuine.storeId;
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
    const wiped = emptyDisk(this.#genuine, `wiped-disk-${this.#wipes}-of-${this.address}`, false);
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
    this.#forget();
    this.#down();
  }

  #forget(): void {
    if (this.life !== undefined) this.#world.onForgot(this.life, this.#genuine);
  }

  #down(): void {
    this.life?.end();
    this.state = 'down';
    this.#takesWrites = false;
    this.process = undefined;
    if (this.#isKeptUp) this.startLater();
  }

  #onLeft(life: Life): void {
    this.#world.trace.note(`${life} has left`);
    this.#world.onLeft(life, this.#genuine);
    this.#down();
  }

  /** Its process gave up by itself. */
  #onStopped(life: Life, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const wasInjected = message.includes(INJECTED_FAILURE);
    const { code } = error as { code?: unknown };
    const isRefusal = code === 'STELE_NOT_ADMITTED' || code === 'STELE_PREFIX_TAKEN';
    const wasRefused = !this.disk.isGenuine && isRefusal;
    const wasNew = isRefusal && !this.disk.enrolled;
    const wasTaken = code === 'STELE_PREFIX_TAKEN' && this.#world.beside.mayLeave(life);
    this.#world.trace.note(`${this.life} stops: ${message}`);
    if (wasRefused) {
      this.#world.count('disk refused');
      this.disk = this.#genuine;
    } else if (isRefusal && (wasNew || wasTaken)) {
      this.#world.count(wasTaken ? 'prefix taken' : 'newcomer refused');
    } else if (!wasInjected) {
      this.#world.flag({ property: 'a healthy member goes on', register: null, detail: `${this.life}: ${message}` });
    }
    this.#forget();
    this.#down();
  }

  #onEvent(life: Life, disk: Disk, event: MemberEvent): void {
    const { trace } = this.#world;
    const { votes } = life;
    if (!life.isAlive) return;
    switch (event.type) {
      case 'state':
        this.#onState(life, disk, event.state);
        return;
      case 'asked':
        votes.onAsked(`${life}`, event.requests);
        return;
      case 'opening':
        votes.onOpening(life, event.opening);
        this.#world.conduct.onOpening(life, event.opening);
        return;
      case 'charge':
        this.#onCharge(life, event.takesWrites);
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
        if (this.cluster === '') this.#world.publish(this.member, event.name, seenOf(event.decision.proposal));
        return;
      case 'overloaded':
        this.#world.count('overload');
        return;
      case 'clash':
        this.#onClash(life, event.clash !== null);
        return;
      case 'committed':
      case 'peer-up':
      case 'peer-down':
      case 'peer-refused':
        return;
    }
  }

  #onState(life: Life, disk: Disk, state: MemberState): void {
    this.state = state;
    this.#world.trace.note(`${life} is ${state}`);
    if (state === 'stopped' || state === 'failed') life.isOpen = false;
    if (state !== 'serving') return;
    this.#world.beside.onServing(life);
    if (!disk.isGenuine) this.#world.flagAdmitted(disk);
  }

  #onCharge(life: Life, takesWrites: boolean): void {
    this.#world.trace.note(`${life} ${takesWrites ? 'takes the writes' : 'leaves the writes to others'}`);
    this.#takesWrites = takesWrites;
    if (this.cluster === '') this.#world.onCharge();
  }

  #onClash(life: Life, isClash: boolean): void {
    this.#world.trace.note(`${life} ${isClash ? 'hears another cluster serve' : 'is alone on its prefix again'}`);
    this.#world.count(isClash ? 'clash' : 'clash over');
  }
}
