import type { PeerMessage, Respond, Transport } from '../../src/ports.ts';
import type { MemberId } from '../../src/protocol/ballot.ts';
import type { Dice } from './dice.ts';
import type { Life } from './life.ts';
import type { World } from './world.ts';

type Handler = (message: PeerMessage, respond: Respond) => void;

/** What members are connected by: it loses, delays, doubles and reorders, and keeps apart whom a partition keeps apart. */
export class Network {
  readonly #world: World;
  readonly #dice: Dice;
  readonly #serving = new Map<MemberId, { life: Life; handler: Handler }>();
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

  heal(): void {
    this.#cut.clear();
  }

  transportOf(life: Life): Transport {
    return {
      payloadBytesMax: this.#world.options.payloadBytesMax,
      serve: (handler) => this.#serving.set(life.member, { life, handler }),
      send: (to, message) => this.#request(life, to, message, noOne, noOne),
      request: (to, message, onAnswer, onNobody = noOne) => {
        const listeners = this.#listeners.get(`${life} to ${to}`) ?? new Set();
        this.#listeners.set(`${life} to ${to}`, listeners);
        listeners.add(onAnswer);
        const answered = (answer: PeerMessage) => {
          if (this.#world.tampering.crossesAnswers && (answer.type === 'replies' || answer.type === 'opened'))
            for (const listener of listeners) listener(answer);
          else if (listeners.has(onAnswer)) onAnswer(answer);
        };
        this.#request(life, to, message, answered, () => listeners.has(onAnswer) && onNobody());
        return () => listeners.delete(onAnswer);
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
      if (this.#cut.has(`${from}>${to}`)) drop('cut off');
      else deliver();
    };
    if (this.#cut.has(`${from}>${to}`)) {
      drop('cut off');
      return;
    }
    timeline.plan(this.#delayMs() + moreMs, arrive);
    while (this.#dice.chance(faults.duplicateShare)) {
      count('duplicate');
      timeline.plan(this.#dice.chance(0.5) ? this.#delayMs() : this.#lateMs(), arrive);
    }
  }

  #request(
    life: Life,
    to: MemberId,
    message: PeerMessage,
    onAnswer: (answer: PeerMessage) => void,
    onNobody: () => void,
  ): void {
    if (!life.isTurnOn()) return;
    this.#trace(life, to, message, '→');
    this.#world.onSent(life, to, message);
    const deliver = () => {
      const target = this.#serving.get(to);
      if (target === undefined || !target.life.isAlive) {
        this.#sayNobody(life, to, onNobody);
        return;
      }
      let isKnown = false;
      const respond: Respond = (answer) => {
        if (!target.life.isTurnOn()) return;
        this.#world.conduct.onAnswer(target.life, answer, message, isKnown);
        this.#trace(target.life, life.member, answer, '⇢');
        this.#world.onAnswered(target.life, life.member, answer, message);
        const onHeard = this.#world.conduct.onAnswerSent(to, answer);
        this.#carry(
          to,
          life.member,
          () =>
            life.enter(() => {
              onHeard(life);
              onAnswer(answer);
            }),
          (why) => this.#trace(target.life, life.member, answer, why),
          this.#isPromiseLate(answer) ? this.#lateMs() : 0,
        );
      };
      target.life.enter(() => {
        isKnown = this.#world.conduct.onMessage(target.life, message);
        target.handler(message, respond);
      });
    };
    if (message.type === 'open' && this.#isOpeningLost()) this.#trace(life, to, message, 'lost');
    else this.#carry(life.member, to, deliver, (why) => this.#trace(life, to, message, why));
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
  #sayNobody(life: Life, to: MemberId, onNobody: () => void): void {
    if (!this.#dice.chance(0.5)) return;
    this.#world.trace.note(`nobody is at ${to} for ${life}`);
    this.#carry(
      to,
      life.member,
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
