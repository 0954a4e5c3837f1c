import { type Actor, createActor } from 'xstate';
import { inChargeMachine } from '../machines/in-charge.ts';
import type { Clock, PeerMessage, Respond, Transport } from '../ports.ts';
import type { MemberId } from '../protocol/ballot.ts';
import type { Credentials } from '../protocol/membership.ts';
import type { Settings } from './settings.ts';

export interface InChargeOptions {
  readonly self: MemberId;
  /** See `succession`. */
  readonly succession: readonly MemberId[];
  readonly settings: Pick<Settings, 'probeDelayMs' | 'chargeSilentMs'>;
  readonly transport: Pick<Transport, 'tell' | 'ask' | 'askOne'>;
  readonly clock: Clock;
  readonly credentials: () => Credentials;
  /** Whether a message comes from a process that is listened to. */
  readonly trusts: (sender: Credentials) => boolean;
  /** Told that this member takes the clients' writes from now on, or no longer does. */
  readonly onCharge: (takesWrites: boolean) => void;
}

/** What is known of a member ahead of this one. */
interface Ahead {
  readonly member: MemberId;
  /** Whether it said that nobody looks after the writes, kept silent for too long, or is not there. */
  isGone: boolean;
  /** Since when it has been asked in vain. */
  waitingSinceMs: number | undefined;
  stops: (() => void)[];
}

/** Questions to one member whose answers are listened for. */
const ASKED_MAX = 8;
/** The longest that one that leaves waits for somebody to take the writes in its place. */
const HAND_OVER_MS = 200;

/**
 * Sees to it that one member takes the clients' writes. Each member asks the nearest one ahead of it that is up, again and
 * again, whether the writes are looked after, and takes them itself where nobody ahead does. So the first deputy watches the
 * home, and the second waits for the first.
 */
export class InCharge {
  readonly #options: InChargeOptions;
  readonly #actor: Actor<typeof inChargeMachine>;
  /** The members ahead of this one, the nearest first. */
  readonly #ahead: readonly Ahead[];
  readonly #hasDeputies: boolean;
  #takesWrites = false;
  #isServing = false;
  #isLeaving = false;
  #left: Promise<void> | undefined;
  #timer: unknown;

  constructor(options: InChargeOptions) {
    const { self, succession, clock } = options;
    this.#options = options;
    const place = succession.indexOf(self);
    this.#hasDeputies = succession.length > 1;
    this.#ahead = succession
      .slice(0, place)
      .reverse()
      .map((member) => ({ member, isGone: false, waitingSinceMs: undefined, stops: [] }));
    this.#actor = createActor(inChargeMachine, {
      clock,
      input: { isHome: place === 0, takeWrites: (takes) => this.#takeWrites(takes) },
    });
    this.#actor.start();
  }

  get takesWrites(): boolean {
    return this.#takesWrites;
  }

  /** This member serves: it looks who takes the writes from now on. */
  begin(): void {
    if (this.#isLeaving) return;
    this.#isServing = true;
    this.#actor.send({ type: 'SERVING' });
    this.#look();
  }

  /** Takes in what another member asks or says of the writes. */
  hear(message: Extract<PeerMessage, { readonly type: 'probe' | 'charge' }>, respond: Respond): void {
    // One that joins does not answer: whoever asks goes on as if it was down, and is told as soon as that has changed.
    if (message.type === 'probe') {
      if (this.#isServing || this.#isLeaving) respond(this.#charge());
      return;
    }
    this.#note(message.sender.member, message.lookedAfter);
    if (!message.lookedAfter && this.#takesWrites) respond(this.#charge());
  }

  /** Leaves the writes to others. Resolves once somebody takes them, or has had the time to. */
  leave(): Promise<void> {
    this.#left ??= this.#leave();
    return this.#left;
  }

  #leave(): Promise<void> {
    const { transport, clock } = this.#options;
    if (this.#isLeaving) return Promise.resolve();
    this.#isLeaving = true;
    this.#stopWatching();
    const isAwaited = this.#takesWrites && this.#hasDeputies;
    return new Promise<void>((resolve) => {
      if (!this.#isServing) return resolve();
      if (!isAwaited) {
        transport.tell(this.#charge());
        return resolve();
      }
      const timer = clock.setTimeout(resolve, HAND_OVER_MS);
      const stop = transport.ask(this.#charge(), (answer) => {
        if (answer.type !== 'charge' || !answer.lookedAfter || !this.#options.trusts(answer.sender)) return;
        stop();
        clock.clearTimeout(timer);
        resolve();
      });
    }).then(() => this.stop());
  }

  stop(): void {
    this.#isLeaving = true;
    this.#isServing = false;
    this.#stopWatching();
    this.#actor.send({ type: 'LEAVING' });
  }

  #takeWrites(takes: boolean): void {
    this.#takesWrites = takes;
    this.#options.onCharge(takes);
    // Those that stand in for it need not find out by themselves.
    if (takes) this.#options.transport.tell(this.#charge());
  }

  /** Whether the writes are looked after, as far as this member can tell: by itself, or by one ahead of it. */
  #charge(): PeerMessage {
    const isKnown = this.#takesWrites || this.#ahead.some(({ isGone }) => !isGone);
    return { type: 'charge', sender: this.#options.credentials(), lookedAfter: isKnown && !this.#isLeaving };
  }

  #look(): void {
    const { clock, settings } = this.#options;
    if (!this.#isServing || this.#isLeaving) return;
    clock.clearTimeout(this.#timer);
    // Set first: a probe that throws must not end the watch, or nobody would stand in.
    if (this.#ahead.length > 0) this.#timer = clock.setTimeout(() => this.#look(), settings.probeDelayMs);
    const nowMs = clock.now();
    let isGone = true;
    for (const ahead of this.#ahead) {
      const silentMs = nowMs - (ahead.waitingSinceMs ?? nowMs);
      ahead.isGone ||= silentMs >= settings.chargeSilentMs - settings.probeDelayMs;
      this.#probe(ahead);
      if (ahead.isGone) continue;
      isGone = false;
      break;
    }
    this.#actor.send({ type: isGone ? 'AHEAD_GONE' : 'AHEAD_BACK' });
  }

  #probe(ahead: Ahead): void {
    const { transport, clock, credentials, trusts } = this.#options;
    if (ahead.stops.length >= ASKED_MAX) ahead.stops.shift()?.();
    ahead.waitingSinceMs ??= clock.now();
    const stop = transport.askOne(
      ahead.member,
      { type: 'probe', sender: credentials() },
      (answer) => {
        if (answer.type === 'charge' && trusts(answer.sender)) this.#note(ahead.member, answer.lookedAfter);
      },
      () => this.#note(ahead.member, false),
    );
    ahead.stops.push(stop);
  }

  /** A member ahead of this one looks after the writes, or does not. */
  #note(member: MemberId, lookedAfter: boolean): void {
    const ahead = this.#ahead.find((one) => one.member === member);
    if (ahead === undefined) return;
    const hadGone = ahead.isGone;
    this.#stopListening(ahead);
    ahead.waitingSinceMs = undefined;
    ahead.isGone = !lookedAfter;
    if (hadGone !== ahead.isGone) this.#look();
  }

  #stopListening(ahead: Ahead): void {
    for (const stop of ahead.stops.splice(0)) stop();
  }

  #stopWatching(): void {
    this.#options.clock.clearTimeout(this.#timer);
    for (const ahead of this.#ahead) this.#stopListening(ahead);
  }
}
