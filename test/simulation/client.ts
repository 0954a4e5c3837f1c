import type { ReadResult, WriteResult } from '../../src/contract/outcomes.ts';
import type { Member } from '../../src/node/member.ts';
import type { Decision } from '../../src/protocol/register.ts';
import type { Dice } from './dice.ts';
import type { Call, ReadCall, Seen, WriteCall } from './history/history.ts';
import type { Host } from './host.ts';
import type { Life } from './life.ts';
import { seenOf } from './votes.ts';
import type { World } from './world.ts';

const bytes = new TextEncoder();

/** One caller of the service: it asks one thing at a time, over the network, and waits only so long. */
export class Client {
  readonly name: string;
  readonly #world: World;
  readonly #dice: Dice;
  #operations = 0;
  #proposals = 0;

  constructor(world: World, name: string, dice: Dice) {
    this.#world = world;
    this.name = name;
    this.#dice = dice;
  }

  /** Does so many operations; returns when the last has its answer, or was given up. */
  async work(takeOperation: () => string | undefined): Promise<void> {
    for (;;) {
      await this.#pause(this.#dice.between(0, this.#world.options.pauseMaxMs));
      const register = takeOperation();
      if (register === undefined) return;
      if (this.#dice.chance(this.#world.options.readShare)) await this.#read(register);
      else await this.#write(register);
    }
  }

  /** Reads every register at one member, and writes one more; returns the call that had no proper answer until time was up. */
  async audit(host: Host, registers: readonly string[], isTimeUp: () => boolean): Promise<Call | undefined> {
    const patienceMs = this.#patienceMs();
    const proposal = { opId: this.name, value: host.member };
    const calls = [
      ...registers.map((register) => () => this.read(host, register, patienceMs)),
      () => this.write(host, 'audit', proposal, patienceMs),
    ];
    for (const call of calls) {
      for (;;) {
        const made = await call();
        if (['decided', 'empty', 'won', 'lost'].includes(made.outcome ?? '')) break;
        if (isTimeUp()) return made;
        await this.#pause(50);
      }
    }
    return undefined;
  }

  /** Asks that member to read, and waits so long for the answer. */
  read(host: Host, register: string, patienceMs: number): Promise<ReadCall> {
    const call: ReadCall = { ...this.#world.invocation(this.name, host.member, register), kind: 'read' };
    return this.#call(call, host, patienceMs, 'unavailable', (process, done) => process.read(register, done));
  }

  /** Asks that member to write. Where there is none NATS says so, and nothing is started. */
  write(host: Host | undefined, register: string, proposal: Seen, patienceMs: number): Promise<WriteCall> {
    const by = host?.member ?? 'nobody';
    const call: WriteCall = { ...this.#world.invocation(this.name, by, register), kind: 'write', proposal };
    const { opId, value } = proposal;
    return this.#call(call, host, patienceMs, 'unknown', (process, done) =>
      process.write(register, { opId, value: bytes.encode(value) }, done),
    );
  }

  async #read(register: string): Promise<void> {
    await this.read(this.#anyHost(), register, this.#patienceMs());
  }

  /** Writes; what is left unknown is tried again with the same operation id, given up, or followed by another operation. */
  async #write(register: string): Promise<void> {
    let proposal = this.#propose();
    for (let tries = 0; tries < 4; tries += 1) {
      const host = this.#writingHost();
      const { outcome } = await this.write(host, register, proposal, this.#patienceMs());
      const isRepeat = outcome === 'won' && this.#dice.chance(0.1);
      if (outcome !== 'unknown' && outcome !== 'refused' && !isRepeat) return;
      const next = this.#dice.next();
      if (next < 0.2) return;
      if (next < 0.4) proposal = this.#propose();
      await this.#pause(this.#dice.between(0, host === undefined ? 600 : 100));
    }
  }

  #propose(): Seen {
    // Now and then an operation id comes back with other bytes, which makes it another proposal.
    if (!this.#dice.chance(0.03)) this.#operations += 1;
    this.#proposals += 1;
    const value = this.#dice.chance(0.1) ? this.#dice.pick(['', 'same']) : `v${this.#proposals}`;
    return { opId: `${this.name}-${this.#operations}`, value };
  }

  #anyHost(): Host {
    return this.#dice.pick(this.#world.hosts);
  }

  /** Whom NATS hands a write: one of those that take writes, if any; a stray goes to any member. */
  #writingHost(): Host | undefined {
    const { hosts, faults, count } = this.#world;
    if (faults.straysShare > 0 && this.#dice.chance(faults.straysShare)) {
      count('stray write');
      return this.#anyHost();
    }
    const takers = hosts.filter(({ takesWrites }) => takesWrites);
    return takers.length === 0 ? undefined : this.#dice.pick(takers);
  }

  #patienceMs(): number {
    const { faults, options } = this.#world;
    if (this.#dice.chance(faults.hastyShare)) {
      this.#world.count('hasty client');
      return this.#dice.between(1, 300);
    }
    return options.settings.operationTimeoutMs + 500;
  }

  #pause(forMs: number): Promise<void> {
    return new Promise((resolve) => this.#world.timeline.plan(forMs, resolve));
  }

  /** Sends a call and waits: for its answer, or until patience runs out, which answers it with `otherwise`. */
  #call<Kind extends Call>(
    call: Kind,
    host: Host | undefined,
    patienceMs: number,
    otherwise: NonNullable<Kind['outcome']>,
    run: (process: Member, done: (result: ReadResult | WriteResult) => void) => void,
  ): Promise<Kind> {
    const { network, timeline } = this.#world;
    this.#world.begin(call);
    return new Promise((resolve) => {
      const end = (result: { outcome: string; decision?: Decision }) => {
        if (call.outcome !== undefined) return;
        timeline.cancel(timer);
        call.outcome = result.outcome as NonNullable<Kind['outcome']>;
        if (result.decision !== undefined) call.seen = seenOf(result.decision.proposal);
        this.#world.finish(call);
        resolve(call);
      };
      const timer = timeline.plan(patienceMs, () => end({ outcome: otherwise }));
      const serve = ({ life, process }: Host) => {
        if (life === undefined || process === undefined) return;
        const leaves = this.#takenBy(life, call);
        run(process, (answer) => {
          const result = this.#world.tampering.answers?.(answer) ?? answer;
          if (leaves(result)) network.carryOnce(() => end(result));
        });
      };
      if (host === undefined) network.carryOnce(() => end({ outcome: 'refused' }));
      else network.carryOnce(() => host.life?.enter(() => serve(host)));
    });
  }

  /** A member takes a call; the returned function judges its answer, and says whether that leaves the member. */
  #takenBy(life: Life, call: Call): (result: ReadResult | WriteResult) => boolean {
    const { conduct, beside } = this.#world;
    const settle = this.#world.beginAt(life, call);
    const onEmpty = conduct.onRead(life, call.register);
    const mustRefuse = beside.mustRefuse(life);
    return (result) => {
      settle();
      if (mustRefuse && result.outcome !== 'refused') this.#world.flagBeside(life, call.register);
      if (!life.isTurnOn()) return false;
      if (result.outcome === 'empty') onEmpty();
      if ('decision' in result) life.votes.onTold(`${life}`, call.register, seenOf(result.decision.proposal));
      return true;
    };
  }
}
