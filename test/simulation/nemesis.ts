import type { Dice } from './dice.ts';
import type { Disk } from './disk.ts';
import type { Host } from './host.ts';
import type { World } from './world.ts';

/** Brings the faults that strike at times, rather than at messages or commits. */
export class Nemesis {
  readonly #world: World;
  readonly #dice: Dice;
  #isOver = false;

  constructor(world: World, dice: Dice) {
    this.#world = world;
    this.#dice = dice;
  }

  start(): void {
    const { faults } = this.#world;
    this.#repeat(faults.partitionMeanMs, () => this.#partition());
    this.#repeat(faults.crashMeanMs, () => this.#crash());
    this.#repeat(faults.crashAllMeanMs, () => this.#crashAll());
    this.#repeat(faults.pauseMeanMs, () => this.#pause());
    this.#repeat(faults.clockJumpMeanMs, () => this.#jumpClock());
    this.#repeat(faults.wipeMeanMs, () => this.#wipe());
    this.#repeat(faults.oldCopyMeanMs / 4, () => this.#dice.pick(this.#world.hosts).copyDisk());
    this.#repeat(faults.oldCopyMeanMs, () => this.#oldCopy());
    this.#repeat(faults.leaveMeanMs, () => this.#leave());
    this.#repeat(faults.chargeSilenceMeanMs, () => this.#silenceCharges());
    this.#repeat(faults.homeAwayMeanMs, () => this.#sendHomeAway());
    this.#repeat(faults.deafHomeMeanMs, () => this.#deafenHome());
  }

  /** No more faults, and what they left broken is mended. */
  stop(): void {
    const { network, hosts, trace } = this.#world;
    this.#isOver = true;
    trace.note('the faults stop');
    network.heal();
    network.silenceCharges(false);
    for (const host of hosts) {
      host.resume();
      host.findDisk();
      host.comeBack();
    }
  }

  /** A message that has to do with openings or charges leaves: something may strike in the middle of that. */
  onShortWay(members: readonly string[]): void {
    const { faults, hosts, count, timeline } = this.#world;
    if (this.#isOver || !this.#dice.chance(faults.openingStrikeShare)) return;
    const host = this.#dice.pick(hosts.filter(({ member }) => members.includes(member)));
    const kind = this.#dice.pick(['crash in the middle of a turn', 'crash', 'pause', 'isolation'] as const);
    count(`${kind}, around an opening`);
    if (kind === 'crash in the middle of a turn') host.crashMidTurn();
    else timeline.plan(this.#dice.wait(2), () => this.#isOver || this.#strike(host, kind));
  }

  #strike(host: Host, kind: 'crash' | 'pause' | 'isolation'): void {
    const { timeline } = this.#world;
    const forMs = this.#dice.wait(500);
    if (kind === 'crash') host.crash();
    else if (kind === 'isolation') this.#isolate(host.member, forMs);
    else {
      host.pause();
      timeline.plan(forMs, () => host.resume());
    }
  }

  #isolate(member: string, forMs: number): void {
    const { timeline, network, hosts, trace } = this.#world;
    trace.note(`${member} is cut off`);
    for (const other of hosts) {
      network.cut(member, other.member);
      network.cut(other.member, member);
    }
    timeline.plan(forMs, () => {
      trace.note('the partition heals');
      network.heal();
    });
  }

  #repeat(meanMs: number, strike: () => void): void {
    if (meanMs === 0) return;
    this.#world.timeline.plan(this.#dice.wait(meanMs), () => {
      if (this.#isOver) return;
      strike();
      this.#repeat(meanMs, strike);
    });
  }

  #crash(): void {
    const { hosts, count, faults } = this.#world;
    const host = this.#dice.pick(hosts);
    const isMidTurn = this.#dice.chance(faults.crashMidTurnShare);
    count(isMidTurn ? 'crash in the middle of a turn' : 'crash');
    if (isMidTurn) host.crashMidTurn();
    else host.crash();
  }

  #leave(): void {
    this.#world.count('orderly stop');
    this.#dice.pick(this.#world.hosts).leave();
  }

  /** Nobody takes the writes until silence has told that the home is gone, or two do that do not know of each other. */
  #silenceCharges(): void {
    const { timeline, network, count, trace } = this.#world;
    count('charges lost for a while');
    trace.note('nobody hears who takes the writes');
    network.silenceCharges(true);
    if (this.#dice.chance(0.5)) this.#home.crash();
    timeline.plan(this.#dice.wait(1_000), () => {
      trace.note('members hear again who takes the writes');
      network.silenceCharges(false);
    });
  }

  #sendHomeAway(): void {
    const { timeline, count } = this.#world;
    count('home away');
    this.#home.vanish();
    timeline.plan(this.#dice.wait(1_500), () => this.#isOver || this.#home.comeBack());
  }

  #deafenHome(): void {
    const { timeline, network, hosts, count, trace } = this.#world;
    count('deaf home');
    trace.note(`${this.#home.member} hears nobody`);
    for (const { member } of hosts) network.cut(member, this.#home.member);
    timeline.plan(this.#dice.wait(1_500), () => {
      trace.note('the partition heals');
      network.heal();
    });
  }

  get #home(): Host {
    const [home] = this.#world.hosts;
    if (home === undefined) throw new Error('There is no member.');
    return home;
  }

  #crashAll(): void {
    this.#world.count('crash of all');
    for (const host of this.#world.hosts) host.crash();
  }

  #pause(): void {
    const { timeline, hosts, count } = this.#world;
    const host = this.#dice.pick(hosts);
    count('pause');
    host.pause();
    timeline.plan(this.#dice.wait(1_000), () => host.resume());
  }

  #jumpClock(): void {
    this.#world.count('clock jump');
    const furthestMs = this.#dice.chance(0.1) ? 3_600_000 : 2_000;
    const jumpMs = this.#dice.between(-2_000, furthestMs);
    this.#dice.pick(this.#world.hosts).jumpClock(jumpMs);
  }

  #partition(): void {
    const { timeline, network, hosts, count, trace } = this.#world;
    const members = this.#dice.shuffle(hosts.map(({ member }) => member));
    const kind = this.#dice.pick(['symmetric', 'one-way', 'bridge'] as const);
    count(`${kind} partition`);
    network.heal();
    const middle = kind === 'bridge' ? members.pop() : undefined;
    const size = 1 + this.#dice.below(members.length - 1);
    const [one, other] = [members.slice(0, size), members.slice(size)];
    trace.note(`partition, ${kind}: ${one} | ${other}${middle === undefined ? '' : `, ${middle} between them`}`);
    for (const from of one) {
      for (const to of other) {
        network.cut(from, to);
        if (kind !== 'one-way') network.cut(to, from);
      }
    }
    timeline.plan(this.#dice.wait(1_000), () => {
      trace.note('the partition heals');
      network.heal();
    });
  }

  /** The promise is made for as long as a majority keep their disks; here at most one member at a time has lost its own. */
  #mayLoseDisk(host: Host): boolean {
    return host.disk.enrolled && this.#world.hosts.every(({ isHealthy }) => isHealthy);
  }

  #wipe(): void {
    const host = this.#dice.pick(this.#world.hosts);
    if (!this.#mayLoseDisk(host)) return;
    this.#world.count('wiped disk');
    host.comeBackWiped();
  }

  /** Only where every peer has been told that the member was further on, by whatever message: else nobody could tell. */
  #oldCopy(): void {
    const host = this.#dice.pick(this.#world.hosts);
    const { oldCopy } = host;
    if (oldCopy === undefined || !this.#mayLoseDisk(host)) return;
    if (!this.#isKnownOld(host, oldCopy)) return;
    this.#world.count('old copy of a disk');
    host.comeBackOnOldCopy();
  }

  /** A peer forgot in a crash what it had been told: an old copy that it could not tell any more goes away at once. */
  withdrawCopies(): void {
    for (const host of this.#world.hosts) {
      if (!host.isHealthy && host.isOnOldCopy && !this.#isKnownOld(host, host.disk)) host.findDisk();
    }
  }

  #isKnownOld({ member }: Host, { commits }: Disk): boolean {
    const { hosts, knowledge } = this.#world;
    return hosts.every((other) => other.member === member || knowledge.commitsOf(other.member, member) > commits);
  }
}
