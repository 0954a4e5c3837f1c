import type { PeerMessage, Respond, Transport } from '../../src/ports.ts';
import type { MemberId } from '../../src/protocol/ballot.ts';
import type { Dice } from './dice.ts';
import type { Life } from './life.ts';
import type { World } from './world.ts';

/** Takes in an answer; returns whether anybody still listens for it. */
type Listener = (answer: PeerMessage) => boolean;
type Handler = (message: PeerMessage, respond: Respond) => void;

/** What members are connected by: it loses, delays, doubles and reorders, and keeps apart whom a partition keeps apart. */
export class Network {
  readonly #world: World;
  readonly #dice: Dice;
  /** By the address of the host. */
  readonly #serving = new Map<string, { life: Life; handler: Handler }>();
  /** At which addresses a member is sent messages: clusters on one prefix share the subjects of equal ids. */
  readonly #addressesOf = new Map<MemberId, string[]>();
  /** Whom nothing reaches from any other address, but those of the same cluster. */
  readonly #apart = new Set<string>();
  /** Who listens for answers, of each life and each member that it asked. */
  readonly #listeners = new Map<string, Set<(answer: PeerMessage) => void>>();
  readonly #cut = new Set<string>();

  constructor(world: World, dice: Dice) {
    this.#world = world;
    this.#dice = dice;
  }

  /** From now on nothing gets from one to the other, what is under way included. */
  cut(from: MemberId, to: MemberId): void {
    this.#cut.add(`${from}>${to}`);
  }

  /** A host listens to what is sent to a member. */
  addHost(member: MemberId, address: string): void {
    this.#addressesOf.set(member, [...(this.#addressesOf.get(member) ?? []), address]);
  }

  /** These are on a network of their own from now on. */
  setApart(addresses: readonly string[]): void {
    for (const address of addresses) this.#apart.add(address);
  }

  /** Joins all networks to one. */
  joinAll(): void {
    this.#apart.clear();
  }

  heal(): void {
    this.#cut.clear();
  }

  transportOf(life: Life): Transport {
    return {
      payloadBytesMax: this.#world.options.payloadBytesMax,
      serve: (handler) => this.#serving.set(life.address, { life, handler }),
      send: (to, message) => this.#request(life, to, message, () => false, noOne),
      request: (to, message, onAnswer, onNobody = noOne) => {
        const listeners = this.#listeners.get(`${life} to ${to}`) ?? new Set();
        this.#listeners.set(`${life} to ${to}`, listeners);
        listeners.add(onAnswer);
        const answered = (answer: PeerMessage) => {
          if (this.#world.tampering.crossesAnswers && (answer.type === 'replies' || answer.type === 'opened'))
            for (const listener of listeners) listener(answer);
          else if (!listeners.has(onAnswer)) return false;
          else onAnswer(answer);
          return true;
        };
        this.#request(life, to, message, answered, () => listeners.has(onAnswer) && onNobody());
        return () => listeners.delete(onAnswer);
      },
      announce: (message, onAnswer) => {
        let isListening = true;
        const answered = (answer: PeerMessage) => {
          if (!isListening) return false;
          onAnswer(answer);
          return true;
        };
        if (life.isTurnOn()) {
          this.#trace(life, 'everyone', message, '→');
          for (const address of [...this.#addressesOf.values()].flat()) {
            this.#deliver(life, address, message, answered, noOne);
          }
        }
        return () => {
          isListening = false;
        };
      },
    };
  }

  /** Brings a request of a client or its answer to the other end, or not. Once at most: what comes twice is two requests. */
  carryOnce(deliver: () => void): void {
    const { timeline, count, faults } = this.#world;
    if (this.#dice.chance(faults.lossShare)) count('lost message');
    else timeline.plan(this.#delayMs(), deliver);
  }

  #carry(from: string, to: string, deliver: () => void, drop: (why: string) => void, moreMs = 0): void {
    const { timeline, count, faults } = this.#world;
    if (this.#dice.chance(faults.lossShare)) {
      count('lost message');
      drop('lost');
      return;
    }
    const arrive = () => {
      if (this.#isCut(from, to)) drop('cut off');
      else deliver();
    };
    if (this.#isCut(from, to)) {
      drop('cut off');
      return;
    }
    timeline.plan(this.#delayMs() + moreMs, arrive);
    while (this.#dice.chance(faults.duplicateShare)) {
      count('duplicate');
      timeline.plan(this.#dice.chance(0.5) ? this.#delayMs() : this.#lateMs(), arrive);
    }
  }

  #isCut(from: string, to: string): boolean {
    return this.#cut.has(`${from}>${to}`) || this.#apart.has(from) !== this.#apart.has(to);
  }

  #request(life: Life, to: MemberId, message: PeerMessage, onAnswer: Listener, onNobody: () => void): void {
    if (!life.isTurnOn()) return;
    this.#trace(life, to, message, '→');
    this.#world.onSent(life, to, message);
    const addresses = this.#addressesOf.get(to) ?? [];
    const isAnyone = () => addresses.some((address) => this.#serving.get(address)?.life.isAlive);
    for (const address of addresses) {
      this.#deliver(life, address, message, onAnswer, () => isAnyone() || this.#sayNobody(life, address, onNobody));
    }
  }

  #deliver(life: Life, address: string, message: PeerMessage, onAnswer: Listener, ifNobody: () => void): void {
    const world = this.#world;
    const deliver = () => {
      const target = this.#serving.get(address);
      if (target === undefined || !target.life.isAlive) {
        ifNobody();
        return;
      }
      let isKnown = false;
      const respond: Respond = (answer) => {
        if (!target.life.isTurnOn()) return;
        world.conduct.onAnswer(target.life, answer, message, isKnown);
        this.#trace(target.life, life.address, answer, '⇢');
        world.onAnswered(target.life, life, answer, message);
        const onConductHeard = world.conduct.onAnswerSent(target.life, answer);
        this.#carry(
          address,
          life.address,
          () =>
            life.enter(() => {
              onConductHeard(life);
              if (onAnswer(answer)) world.onHeard(life, target.life, answer, true);
            }),
          (why) => this.#trace(target.life, life.address, answer, why),
          this.#isPromiseLate(answer) ? this.#lateMs() : 0,
        );
      };
      target.life.enter(() => {
        isKnown = world.conduct.onMessage(target.life, message);
        target.handler(message, respond);
        world.onHeard(target.life, life, message, false);
      });
    };
    if (message.type === 'open' && this.#isOpeningLost()) this.#trace(life, address, message, 'lost');
    else this.#carry(life.address, address, deliver, (why) => this.#trace(life, address, message, why));
  }

  #isOpeningLost(): boolean {
    const { faults, count } = this.#world;
    if (faults.lostOpeningShare === 0 || !this.#dice.chance(faults.lostOpeningShare)) return false;
    count('lost opening');
    return true;
  }

  #isPromiseLate(answer: PeerMessage): boolean {
    const { faults, count } = this.#world;
    if (faults.latePromiseShare === 0 || answer.type !== 'replies') return false;
    if (!answer.replies.some(({ type }) => type === 'promised')) return false;
    if (!this.#dice.chance(faults.latePromiseShare)) return false;
    count('late promise');
    return true;
  }

  /** Where nobody listens the sender may hear of it, or not. */
  #sayNobody(life: Life, address: string, onNobody: () => void): void {
    if (!this.#dice.chance(0.5)) return;
    this.#world.trace.note(`nobody is at ${address} for ${life}`);
    this.#carry(
      address,
      life.address,
      () => life.enter(onNobody),
      () => undefined,
    );
  }

  #trace(from: Life, to: MemberId, message: PeerMessage, how: string): void {
    this.#world.trace.note(`${from} ${how} ${to}`, message);
  }

  #delayMs(): number {
    const { options, faults, count } = this.#world;
    if (!this.#dice.chance(faults.lateShare)) return this.#dice.between(0.1, 0.2 + options.jitterMs);
    count('late message');
    return this.#lateMs();
  }

  #lateMs(): number {
    return this.#dice.next() ** 2 * this.#world.options.lateMaxMs;
  }
}

function noOne(): void {}
