import type { Listener, MemberEvent } from '../events.ts';

interface Subscriber {
  readonly listener: Listener;
  /** Whether it has been told nothing yet. */
  isNew: boolean;
  isOver: boolean;
  hasFailed: boolean;
}

/**
 * The one place that calls foreign code with what a member says of itself. Each listener is called by itself: what it
 * throws, or rejects with, reaches neither the member nor another listener. Events keep their order, even where a listener
 * causes one.
 */
export class Listeners {
  /** Replaced rather than changed: a listener may subscribe and unsubscribe while it is told something. */
  #subscribers: readonly Subscriber[] = [];
  #present: MemberEvent = { type: 'state', state: 'joining' };
  readonly #standing: MemberEvent[] = [];
  /** Events that wait until the present one has been heard by all. */
  readonly #waiting: (() => void)[] = [];
  #isTelling = false;

  /**
   * Tells a listener the present state first, in the next turn of the event loop or before the next event, and all that
   * happens from then on.
   * @returns what ends that.
   */
  subscribe(listener: Listener): () => void {
    const subscriber: Subscriber = { listener, isNew: true, isOver: false, hasFailed: false };
    this.#subscribers = [...this.#subscribers, subscriber];
    // Not a microtask: a listener that subscribes whenever it is told something would never let go of the process.
    setImmediate(() => this.#inOrder(() => this.#welcome(subscriber)));
    return () => {
      subscriber.isOver = true;
      this.#subscribers = this.#subscribers.filter((other) => other !== subscriber);
    };
  }

  emit(event: MemberEvent): void {
    this.#inOrder(() => this.#tellAll(event));
  }

  /** Tells all of an event, and every later subscriber too. */
  stand(event: MemberEvent): void {
    this.#inOrder(() => {
      this.#tellAll(event);
      this.#standing.push(event);
    });
  }

  #inOrder(tell: () => void): void {
    this.#waiting.push(tell);
    if (this.#isTelling) return;
    this.#isTelling = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) next();
    this.#isTelling = false;
  }

  #tellAll(event: MemberEvent, except?: Subscriber): void {
    if (event.type === 'state') this.#present = event;
    for (const subscriber of this.#subscribers) {
      if (subscriber === except) continue;
      const isTold = subscriber.isNew && event.type === 'state';
      this.#welcome(subscriber);
      if (!isTold) this.#tell(subscriber, event);
    }
  }

  #welcome(subscriber: Subscriber): void {
    if (!subscriber.isNew) return;
    subscriber.isNew = false;
    this.#tell(subscriber, this.#present);
    for (const event of this.#standing) this.#tell(subscriber, event);
  }

  #tell(subscriber: Subscriber, event: MemberEvent): void {
    if (subscriber.isOver) return;
    try {
      const outcome: unknown = subscriber.listener(event);
      if (!isThenable(outcome)) return;
      Promise.resolve(outcome).catch((error: unknown) => this.#onFailed(subscriber, event, error));
    } catch (error) {
      this.#onFailed(subscriber, event, error);
    }
  }

  /** Reports a listener to the others, once: it may throw at every event. */
  #onFailed(subscriber: Subscriber, { type }: MemberEvent, error: unknown): void {
    if (subscriber.hasFailed) return;
    subscriber.hasFailed = true;
    const what = `A listener of this member failed at an event "${type}": ${textOf(error)}. The member and its other listeners go on, and nothing is lost by it. The listener is still told of events, and what else it throws is not reported: mend it.`;
    this.#inOrder(() => this.#tellAll({ type: 'trouble', what }, subscriber));
  }
}

function isThenable(outcome: unknown): outcome is PromiseLike<unknown> {
  return typeof outcome === 'object' && outcome !== null && 'then' in outcome;
}

/** Describes a thrown value. Anything can be thrown, and some values have no text. */
function textOf(error: unknown): string {
  try {
    return String(error);
  } catch {
    return 'something that has no text';
  }
}
