import { type InChargeEvent, inChargeMachine } from '../../machines/in-charge.ts';
import type { Child } from '../../machines/member.ts';
import type { PeerMessage, Respond } from '../../ports.ts';
import type { MemberId } from '../../protocol/ballot.ts';
import type { MemberContext } from '../context.ts';
import type { Peers } from '../peers/peers.ts';

/** The state of a member ahead of this one, as far as it is known. */
interface Ahead {
  readonly member: MemberId;
  /** Gone: it said that nobody looks after the writes, kept silent for too long, or is not there. */
  state: 'unknown' | 'up' | 'gone';
  /** Since when it has been asked in vain. */
  waitingSinceMs: number | undefined;
  /** Each stops listening for the answer to one question. */
  readonly stops: (() => void)[];
}

/** Questions to one member whose answers are listened for. */
const ASKED_MAX = 8;
/** The longest that one that leaves waits for somebody to take the writes in its place. */
const HAND_OVER_MS = 600;

/**
 * Sees to it that one member takes the clients' writes. Each member asks the nearest one ahead of it that is up, again and
 * again, whether the writes are looked after, and takes them itself where nobody ahead does. So the first deputy watches the
 * home, and the second waits for the first.
 */
export class InCharge {
  readonly child: Child;
  readonly #context: MemberContext;
  readonly #peers: Pick<Peers, 'trusts'>;
  /** The members ahead of this one, the nearest first. */
  readonly #ahead: readonly Ahead[];
  #takesWrites = false;
  #isServing = false;
  #isLeaving = false;
  #hasStopped = false;
  #left: Promise<void> | undefined;
  /** Called once another member looks after the writes, while this one leaves. */
  #onSuccessor: () => void = () => undefined;
  #timer: unknown;
  #send: (event: InChargeEvent) => void = () => undefined;

  /** @param succession see `protocol/home.ts`. */
  constructor(context: MemberContext, succession: readonly MemberId[], peers: Pick<Peers, 'trusts'>) {
    this.#context = context;
    this.#peers = peers;
    const place = succession.indexOf(context.self);
    this.#ahead = succession
      .slice(0, place)
      .reverse()
      .map((member) => ({ member, state: 'unknown', waitingSinceMs: undefined, stops: [] }));
    this.child = {
      id: 'inCharge',
      logic: inChargeMachine,
      input: { isHome: place === 0, takeWrites: (takes: boolean) => this.#takeWrites(takes) },
      attach: (actor) => {
        this.#send = (event) => actor.send(event);
      },
    };
  }

  get takesWrites(): boolean {
    return this.#takesWrites;
  }

  /** This member serves: it looks who takes the writes from now on. */
  begin(): void {
    if (this.#isLeaving) return;
    this.#isServing = true;
    this.#send({ type: 'SERVING' });
    this.#look();
  }

  /** Takes in what another member asks or says of the writes. */
  hear(message: Extract<PeerMessage, { readonly type: 'probe' | 'charge' }>, respond: Respond): void {
    if (message.type === 'probe') {
      // One that does not know yet does not answer: whoever asks goes on as if it was down.
      if (this.#isLookedAfter() !== undefined) respond(this.#charge());
      return;
    }
    this.#note(message.sender.member, message.lookedAfter);
    if (message.lookedAfter) this.#onSuccessor();
    else if (this.#takesWrites) respond(this.#charge());
  }

  /** Leaves the writes to others. Resolves once somebody takes them, or has had the time to. */
  leave(): Promise<void> {
    this.#left ??= this.#leave().then(() => this.stop());
    return this.#left;
  }

  stop(): void {
    if (this.#hasStopped) return;
    this.#hasStopped = true;
    this.#isLeaving = true;
    this.#isServing = false;
    this.#stopWatching();
    this.#send({ type: 'LEAVING' });
  }

  #leave(): Promise<void> {
    const { transport, clock, members } = this.#context;
    this.#isLeaving = true;
    this.#stopWatching();
    if (!this.#isServing) return Promise.resolve();
    if (!this.#takesWrites || members === 1) {
      transport.tell(this.#charge());
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const timer = clock.setTimeout(resolve, HAND_OVER_MS);
      this.#onSuccessor = () => {
        stop();
        clock.clearTimeout(timer);
        resolve();
      };
      const stop = transport.ask(this.#charge(), (answer) => {
        if (answer.type !== 'charge' || !this.#peers.trusts(answer.sender)) return;
        if (answer.lookedAfter) this.#onSuccessor();
      });
    });
  }

  #takeWrites(takes: boolean): void {
    this.#takesWrites = takes;
    this.#context.emit({ type: 'charge', takesWrites: takes });
    // Those that stand in for it, or wait for it to, need not find out by themselves.
    if (takes) this.#context.transport.tell(this.#charge());
  }

  /** Whether this member, or one ahead of it, takes the writes; undefined where that is not known yet. */
  #isLookedAfter(): boolean | undefined {
    if (this.#isLeaving) return false;
    if (this.#takesWrites || this.#ahead.some(({ state }) => state === 'up')) return true;
    return undefined;
  }

  #charge(): PeerMessage {
    return { type: 'charge', sender: this.#context.credentials(), lookedAfter: this.#isLookedAfter() ?? false };
  }

  #look(): void {
    const { clock, settings, rules } = this.#context;
    if (!this.#isServing || this.#isLeaving) return;
    clock.clearTimeout(this.#timer);
    // Set first: a question that throws must not end the watch, or nobody would stand in.
    if (this.#ahead.length > 0) this.#timer = clock.setTimeout(() => this.#look(), settings.probeDelayMs);
    const near = this.#ahead.findIndex((ahead) => !this.#isGone(ahead));
    const asked = near < 0 ? this.#ahead : this.#ahead.slice(0, near + 1);
    for (const ahead of asked) this.#probe(ahead);
    // What is known of those beyond grows old.
    for (const ahead of this.#ahead.slice(asked.length)) this.#forget(ahead);
    const isGone = this.#ahead.map(({ state }) => state === 'gone');
    this.#send({ type: rules.mustStandIn(isGone, this.#takesWrites) ? 'AHEAD_GONE' : 'AHEAD_BACK' });
  }

  #isGone(ahead: Ahead): boolean {
    const { clock, settings } = this.#context;
    const silentMs = ahead.waitingSinceMs === undefined ? 0 : clock.now() - ahead.waitingSinceMs;
    if (silentMs >= settings.chargeSilentMs - settings.probeDelayMs) ahead.state = 'gone';
    return ahead.state === 'gone';
  }

  #probe(ahead: Ahead): void {
    const { transport, clock } = this.#context;
    if (ahead.stops.length >= ASKED_MAX) ahead.stops.shift()?.();
    ahead.waitingSinceMs ??= clock.now();
    const stop = transport.askOne(
      ahead.member,
      { type: 'probe', sender: this.#context.credentials() },
      (answer) => {
        if (answer.type === 'charge' && this.#peers.trusts(answer.sender)) this.#note(ahead.member, answer.lookedAfter);
      },
      () => this.#note(ahead.member, false),
    );
    ahead.stops.push(stop);
  }

  /** A member ahead of this one looks after the writes, or does not. */
  #note(member: MemberId, lookedAfter: boolean): void {
    const ahead = this.#ahead.find((one) => one.member === member);
    if (ahead === undefined) return;
    const before = ahead.state;
    this.#forget(ahead);
    ahead.state = lookedAfter ? 'up' : 'gone';
    if (before !== ahead.state) this.#look();
  }

  #forget(ahead: Ahead): void {
    for (const stop of ahead.stops.splice(0)) stop();
    ahead.waitingSinceMs = undefined;
    ahead.state = 'unknown';
  }

  #stopWatching(): void {
    this.#context.clock.clearTimeout(this.#timer);
    for (const ahead of this.#ahead) this.#forget(ahead);
  }
}
