import { describe, expect, test } from 'vitest';
import type { Listener, MemberEvent } from '../../src/events.ts';
import { Listeners } from '../../src/node/listeners.ts';

const SERVING: MemberEvent = { type: 'state', state: 'serving' };
const DRAINING: MemberEvent = { type: 'state', state: 'draining' };
const JOINING: MemberEvent = { type: 'state', state: 'joining' };
const TROUBLE: MemberEvent = { type: 'trouble', what: 'of some kind' };
const OVERLOADED: MemberEvent = { type: 'overloaded', requests: 3 };

function hearing() {
  const heard: MemberEvent[] = [];
  const listener: Listener = (event) => void heard.push(event);
  return { heard, listener };
}

const BROKEN_THENABLE = new Proxy(
  {},
  {
    has: () => true,
    get: () => {
      throw new Error('boom');
    },
  },
);

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a listener that fails', () => {
  const failing: readonly (readonly [string, Listener])[] = [
    [
      'throws',
      () => {
        throw new Error('boom');
      },
    ],
    ['rejects', async () => Promise.reject(new Error('boom'))],
    [
      'throws what has no text',
      () => {
        throw Object.create(null);
      },
    ],
    ['returns a broken thenable', (() => BROKEN_THENABLE) as unknown as Listener],
  ];

  test.each(failing)('and %s disturbs nobody, and is reported to the others, once', async (_, listener) => {
    const listeners = new Listeners();
    const before = hearing();
    const after = hearing();
    listeners.subscribe(before.listener);
    listeners.subscribe(listener);
    listeners.subscribe(after.listener);
    listeners.emit(SERVING);
    for (let times = 0; times < 50; times += 1) listeners.emit(OVERLOADED);
    await turn();
    for (const { heard } of [before, after]) {
      expect(heard.filter(({ type }) => type === 'overloaded')).toHaveLength(50);
      const troubles = heard.filter(({ type }) => type === 'trouble');
      expect(troubles).toHaveLength(1);
      expect(troubles[0]).toMatchObject({ what: expect.stringContaining('A listener of this member failed') });
    }
  });

  test('is reported once the others have heard what it failed at', () => {
    const listeners = new Listeners();
    listeners.subscribe(() => {
      throw new Error('boom');
    });
    const { heard, listener } = hearing();
    listeners.subscribe(listener);
    listeners.emit(SERVING);
    expect(heard).toEqual([SERVING, { type: 'trouble', what: expect.stringContaining('boom') }]);
  });

  test('is not one that returns null', () => {
    const listeners = new Listeners();
    listeners.subscribe((() => null) as unknown as Listener);
    const { heard, listener } = hearing();
    listeners.subscribe(listener);
    listeners.emit(SERVING);
    expect(heard).toEqual([SERVING]);
  });

  test('on trouble makes no loop, not even with others of its kind', () => {
    const listeners = new Listeners();
    const calls = [0, 0];
    for (const index of [0, 1]) {
      listeners.subscribe((event) => {
        if (event.type !== 'trouble') return;
        calls[index] = (calls[index] ?? 0) + 1;
        throw new Error('boom');
      });
    }
    const other = hearing();
    listeners.subscribe(other.listener);
    listeners.emit(TROUBLE);
    // Its own, and the report on the other one.
    expect(calls).toEqual([2, 2]);
    expect(other.heard.filter(({ type }) => type === 'trouble')).toHaveLength(3);
  });
});

describe('a new listener', () => {
  test('hears the present state first, without waiting for an event', async () => {
    const listeners = new Listeners();
    listeners.emit(SERVING);
    const { heard, listener } = hearing();
    listeners.subscribe(listener);
    await turn();
    expect(heard).toEqual([SERVING]);
    listeners.emit(OVERLOADED);
    expect(heard).toEqual([SERVING, OVERLOADED]);
  });

  test('hears it before what happens in the same turn, and a change of it instead', async () => {
    const listeners = new Listeners();
    listeners.emit(SERVING);
    const one = hearing();
    listeners.subscribe(one.listener);
    listeners.emit(OVERLOADED);
    const two = hearing();
    listeners.subscribe(two.listener);
    listeners.emit(DRAINING);
    await turn();
    expect(one.heard).toEqual([SERVING, OVERLOADED, DRAINING]);
    expect(two.heard).toEqual([DRAINING]);
  });

  test('hears what lasts too, each once', async () => {
    const listeners = new Listeners();
    const early = hearing();
    listeners.subscribe(early.listener);
    listeners.stand(TROUBLE);
    const late = hearing();
    listeners.subscribe(late.listener);
    await turn();
    expect(early.heard).toEqual([JOINING, TROUBLE]);
    expect(late.heard).toEqual([JOINING, TROUBLE]);
  });

  test('that has heard the present state hears what lasts as it comes, once', async () => {
    const listeners = new Listeners();
    const { heard, listener } = hearing();
    listeners.subscribe(listener);
    await turn();
    listeners.stand(TROUBLE);
    listeners.emit(OVERLOADED);
    expect(heard).toEqual([JOINING, TROUBLE, OVERLOADED]);
  });

  test('that has unsubscribed in the same turn hears nothing', async () => {
    const listeners = new Listeners();
    const { heard, listener } = hearing();
    listeners.subscribe(listener)();
    await turn();
    expect(heard).toEqual([]);
  });
});

describe('a listener that subscribes, unsubscribes or causes events while it is told one', () => {
  test('leaves the others their events, in order', () => {
    const listeners = new Listeners();
    const others: MemberEvent[][] = [];
    const stop = listeners.subscribe((event) => {
      if (event.type !== 'overloaded') return;
      stop();
      const { heard, listener } = hearing();
      others.push(heard);
      listeners.subscribe(listener);
      listeners.emit(DRAINING);
    });
    const last = hearing();
    listeners.subscribe(last.listener);
    listeners.emit(SERVING);
    listeners.emit(OVERLOADED);
    listeners.emit(OVERLOADED);
    expect(last.heard).toEqual([SERVING, OVERLOADED, DRAINING, OVERLOADED]);
    expect(others).toEqual([[DRAINING, OVERLOADED]]);
  });

  test('that subscribes whenever it is told something does not keep the process to itself', async () => {
    const listeners = new Listeners();
    let isOver = false;
    let calls = 0;
    const subscribe: Listener = () => {
      calls += 1;
      if (!isOver) listeners.subscribe(subscribe);
    };
    listeners.subscribe(subscribe);
    listeners.emit(OVERLOADED);
    await turn();
    isOver = true;
    expect(calls).toBeGreaterThan(1);
  });

  test('the same function twice is two listeners, each with its own end', () => {
    const listeners = new Listeners();
    const { heard, listener } = hearing();
    const stop = listeners.subscribe(listener);
    listeners.subscribe(listener);
    listeners.emit(SERVING);
    stop();
    listeners.emit(OVERLOADED);
    expect(heard).toEqual([SERVING, SERVING, OVERLOADED]);
  });
});
