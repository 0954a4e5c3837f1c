import type { PeerMessage, Respond, Transport } from '../../src/ports.ts';
import type { MemberId } from '../../src/protocol/ballot.ts';
import type { Dice } from './dice.ts';
import type { Owner } from './disk.ts';
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
  /** Who listens at which address: clusters on one prefix share the subjects of equal ids. */
  readonly #listening: (Pick<Owner, 'member' | 'members'> & { readonly address: string })[] = [];
  /** Whom nothing reaches from any other address, but those of the same cluster. */
  readonly #apart = new Set<string>();
  /** Who listens for answers to what was asked of everyone, of each life. */
  readonly #listeners = new Map<string, Set<(answer: PeerMessage) => void>>();
  readonly #cut = new Set<string>();
  #isChargeSilent = false;

  constructor(world: World, dice: Dice) {
    this.#world = world;
    this.#dice = dice;
  }

  /** From now on nothing gets from one to the other, what is under way included. */
  cut(from: MemberId, to: MemberId): void {
    this.#cut.add(`${from}>${to}`);
  }

  /** A host listens to what is sent to its member, and to what the others of its list of members tell everyone. */
  addHost({ member, members }: Pick<Owner, 'member' | 'members'>, address: string): void {
    this.#listening.push({ member, members, address });
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

  /** Whether all that members ask and say of who takes the writes is lost from now on. */
  silenceCharges(isSilent: boolean): void {
    this.#isChargeSilent = isSilent;
  }

  transportOf(life: Life): Transport {
    return {
      payloadBytesMax: this.#world.options.payloadBytesMax,
      serve: (handler) => this.#serving.set(life.address, { life, handler }),
      tell: (message) => this.#publish(life, message, () => false),
      ask: (message, onAnswer) => {
        const listeners = this.#listeners.get(`${life}`) ?? new Set();
        this.#listeners.set(`${life}`, listeners);
        listeners.add(onAnswer);
        this.#publish(life, message, (answer) => {
          if (this.#world.tampering.crossesAnswers && (answer.type === 'replies' || answer.type === 'opened'))
            for (const listener of listeners) listener(answer);
          else if (!listeners.has(onAnswer)) return false;
          else onAnswer(answer);
          return true;
        });
        return () => listeners.delete(onAnswer);
      },
      askOne: (to, message, onAnswer, onNobody) => {
        const question = new Question(onAnswer);
        this.#askOne(life, to, message, question.onAnswer, () => question.isOpen && onNobody());
        return question.close;
      },
      announce: (message, onAnswer) => {
        const question = new Question(onAnswer);
        if (life.isTurnOn()) {
          this.#trace(life, 'every process', message, '→');
          for (const { address } of this.#listening) this.#deliver(life, address, message, question.onAnswer, noOne);
        }
        return question.close;
      },
    };
  }

  #tampered(message: PeerMessage): PeerMessage {
    const { dropsLiveCounts } = this.#world.tampering;
    if (dropsLiveCounts === undefined || !('hello' in message)) return message;
    if (message.type === 'presence' && dropsLiveCounts === 'of hellos') return message;
    return { ...message, sender: { ...message.sender, commits: message.hello.credentials.commits } };
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

  /** Brings one message to everyone else of the id space: what n1 of a stranger tells everyone reaches this cluster's n2 too. */
  #publish(life: Life, message: PeerMessage, onAnswer: Listener): void {
    if (!life.isTurnOn()) return;
    this.#trace(life, 'everyone', message, '→');
    const others = this.#listening.filter(
      ({ member, members }) => member !== life.member && members.includes(life.member),
    );
    this.#world.onSent(life, [...new Set(others.map(({ member }) => member))], message);
    for (const { address } of others) this.#deliver(life, address, message, onAnswer, noOne);
  }

  #askOne(life: Life, to: MemberId, message: PeerMessage, onAnswer: Listener, onNobody: () => void): void {
    if (!life.isTurnOn()) return;
    this.#trace(life, to, message, '→');
    this.#world.onSent(life, [to], message);
    const addresses = this.#listening.filter(({ member }) => member === to).map(({ address }) => address);
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
        if (this.#isChargeLost(answer)) {
          this.#trace(target.life, life.address, answer, 'lost');
          return;
        }
        this.#carry(
          address,
          life.address,
          () =>
            life.enter(() => {
              onConductHeard(life);
              if (onAnswer(this.#tampered(answer))) world.onHeard(life, target.life, answer, true);
            }),
          (why) => this.#trace(target.life, life.address, answer, why),
          this.#isPromiseLate(answer) ? this.#lateMs() : 0,
        );
      };
      target.life.enter(() => {
        isKnown = world.conduct.onMessage(target.life, message);
        target.handler(this.#tampered(message), respond);
        world.onHeard(target.life, life, message, false);
      });
    };
    const isLost = message.type === 'open' ? this.#isOpeningLost() : this.#isChargeLost(message);
    if (isLost) this.#trace(life, address, message, 'lost');
    else this.#carry(life.address, address, deliver, (why) => this.#trace(life, address, message, why));
  }

  #isOpeningLost(): boolean {
    const { faults, count } = this.#world;
    if (faults.lostOpeningShare === 0 || !this.#dice.chance(faults.lostOpeningShare)) return false;
    count('lost opening');
    return true;
  }

  #isChargeLost({ type }: PeerMessage): boolean {
    return this.#isChargeSilent && (type === 'probe' || type === 'charge');
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

/** One question, until nobody wants its answers any more. */
class Question {
  isOpen = true;
  readonly onAnswer: Listener;

  constructor(onAnswer: (answer: PeerMessage) => void) {
    this.onAnswer = (answer) => {
      const isHeard = this.isOpen;
      if (isHeard) onAnswer(answer);
      return isHeard;
    };
  }

  readonly close = (): void => {
    this.isOpen = false;
  };
}
