import type { Subscription } from 'nats';

/**
 * Switches subscriptions on and off, together. To the NATS services library a switched subscription is one that lasts: its
 * endpoint stays in what `nats micro` shows, whether or not anything is delivered to it.
 */
export class Switch {
  readonly #subscriptions = new Set<SwitchedSubscription>();
  #isOn = false;

  /** @param begin subscribes. */
  subscription(begin: () => Subscription): Subscription {
    const subscription = new SwitchedSubscription(begin);
    this.#subscriptions.add(subscription);
    // Asks NATS for it now, so that the want of a permission shows at the start, and not when it is needed.
    subscription.turn(true);
    subscription.turn(this.#isOn);
    // The library waits for its end, and drains it at its own; nothing else of a subscription is its business.
    return subscription as unknown as Subscription;
  }

  /** What was delivered before it is switched off is still handled. */
  turn(on: boolean): void {
    this.#isOn = on;
    for (const subscription of this.#subscriptions) subscription.turn(on);
  }
}

class SwitchedSubscription {
  /** Settles once the subscription has ended otherwise than by being switched off. */
  readonly closed: Promise<void>;
  readonly #begin: () => Subscription;
  #close!: () => void;
  #current: Subscription | undefined;
  #hasEnded = false;

  constructor(begin: () => Subscription) {
    this.#begin = begin;
    this.closed = new Promise((resolve) => {
      this.#close = resolve;
    });
  }

  turn(on: boolean): void {
    if (on === (this.#current !== undefined) || this.#hasEnded) return;
    if (on) this.#turnOn();
    else void this.#turnOff();
  }

  /** Ends it; resolves once all that was delivered before is handled. */
  async drain(): Promise<void> {
    this.#hasEnded = true;
    await this.#turnOff();
    this.#close();
  }

  #turnOn(): void {
    const subscription = this.#begin();
    this.#current = subscription;
    const onClosed = () => {
      if (this.#current !== subscription) return;
      this.#hasEnded = true;
      this.#close();
    };
    subscription.closed.then(onClosed, onClosed);
  }

  async #turnOff(): Promise<void> {
    const subscription = this.#current;
    this.#current = undefined;
    // A connection that is closed has ended it already.
    await subscription?.drain().catch(() => undefined);
  }
}
