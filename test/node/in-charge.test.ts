import { beforeEach, describe, expect, test } from 'vitest';
import { InCharge } from '../../src/node/roles/in-charge.ts';
import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import type { PeerMessage, Transport } from '../../src/ports.ts';
import { type Asked, contextOf, live } from './context.ts';
import { ManualClock, settled } from './manual-clock.ts';

const { probeDelayMs, chargeSilentMs } = DEFAULT_SETTINGS;
const MEMBERS = ['n1', 'n2', 'n3'];

let clock: ManualClock;
/** Those whose messages arrive, and to whom messages do; the others are silent. */
let members: Map<string, InCharge>;
/** Those that the transport knows to be absent. */
let absent: Set<string>;
let strangers: Set<string>;
let probes: string[];

beforeEach(() => {
  clock = new ManualClock();
  members = new Map();
  absent = new Set();
  strangers = new Set();
  probes = [];
});

function sender(member: string) {
  return { cluster: 'c', member, storeId: member, incarnation: 1, session: 's', commits: 0 };
}

function charge(from: string, lookedAfter: boolean): Extract<PeerMessage, { type: 'charge' }> {
  return { type: 'charge', sender: sender(from), lookedAfter };
}

/** One whose network is the test. */
function alone(self: string, succession: readonly string[] = MEMBERS, transport: Partial<Transport> = {}) {
  const kit = contextOf({ self, members: succession, clock, credentials: () => sender(self) });
  const context = { ...kit.context, transport: { ...kit.context.transport, ...transport } };
  const trusts = ({ member }: { member: string }) => !strangers.has(member);
  const inCharge = new InCharge(context, succession, { trusts });
  const states = live(context, inCharge.child);
  /** Who has been asked since this was last called. */
  const asked = () => kit.asked.splice(0).map(({ to }) => to);
  /** What it answers to one that asks whether the writes are looked after. */
  const probe = () => {
    const answers: unknown[] = [];
    inCharge.hear({ type: 'probe', sender: sender('n9') }, (answer) => {
      answers.push(answer.type === 'charge' && answer.lookedAfter);
    });
    return answers;
  };
  return { ...kit, inCharge, asks: kit.asked, asked, probe, state: () => states().inCharge };
}

function member(self: string, succession: readonly string[] = MEMBERS): InCharge {
  const ask = (to: string, message: PeerMessage, onAnswer: (answer: PeerMessage) => void) => {
    let listening = true;
    clock.setTimeout(() => {
      if ((message.type !== 'probe' && message.type !== 'charge') || !members.has(self)) return;
      members.get(to)?.hear(message, (answer) => clock.setTimeout(() => listening && onAnswer(answer), 1));
    }, 1);
    return () => {
      listening = false;
    };
  };
  const askAll = (message: PeerMessage, onAnswer: (answer: PeerMessage) => void) => {
    const stops = succession.filter((to) => to !== self).map((to) => ask(to, message, onAnswer));
    return () => {
      for (const stop of stops) stop();
    };
  };
  const { inCharge } = alone(self, succession, {
    tell: (message) => void askAll(message, () => undefined),
    ask: askAll,
    askOne: (to, message, onAnswer, onNobody) => {
      probes.push(`${self}>${to}`);
      if (absent.has(to)) clock.setTimeout(onNobody, 1);
      return ask(to, message, onAnswer);
    },
  });
  members.set(self, inCharge);
  return inCharge;
}

/** Members that serve, in this order. */
function serving(...names: string[]): InCharge[] {
  const made = names.map((name) => member(name));
  for (const one of made) one.begin();
  return made;
}

function taking(): string[] {
  return MEMBERS.filter((name) => members.get(name)?.takesWrites);
}

describe('while all members serve', () => {
  test('the home takes the writes, and each of the others asks the one ahead of it alone', async () => {
    serving('n1', 'n2', 'n3');
    await clock.pass(10 * probeDelayMs);
    expect(taking()).toEqual(['n1']);
    expect(new Set(probes)).toEqual(new Set(['n2>n1', 'n3>n2']));
  });
});

describe('a home that is down', () => {
  test('is stood in for at once where the transport says that nobody is there', async () => {
    absent.add('n1');
    serving('n2', 'n3');
    await clock.pass(5);
    expect(taking()).toEqual(['n2']);
  });

  test('is stood in for once it kept silent for long, by its first deputy alone', async () => {
    serving('n2', 'n3');
    await clock.pass(probeDelayMs);
    expect(taking()).toEqual([]);
    await clock.pass(chargeSilentMs);
    expect(taking()).toEqual(['n2']);
    await clock.pass(10 * chargeSilentMs);
    expect(taking()).toEqual(['n2']);
  });

  test('is stood in for by its second deputy once the first is gone too', async () => {
    serving('n2', 'n3');
    await clock.pass(2 * chargeSilentMs);
    members.delete('n2');
    await clock.pass(3 * chargeSilentMs);
    expect(taking()).toEqual(['n3']);
  });

  test('is stood in for no longer as soon as it says that it serves', async () => {
    serving('n2', 'n3');
    await clock.pass(2 * chargeSilentMs);
    serving('n1');
    await clock.pass(1);
    expect(taking()).toEqual(['n1']);
  });
});

test('a member that joins does not answer, so that the one behind it stands in', async () => {
  member('n1');
  serving('n2');
  await clock.pass(2 * chargeSilentMs);
  expect(taking()).toEqual(['n2']);
});

test('the answers of strangers do not count', async () => {
  strangers.add('n1');
  serving('n1', 'n2');
  await clock.pass(2 * chargeSilentMs);
  expect(taking()).toEqual(['n1', 'n2']);
});

describe('whether the writes are looked after', () => {
  test('is not answered by one that does not know yet, and is once it does', () => {
    const { inCharge, asks, probe } = alone('n2');
    expect(probe()).toEqual([]);
    inCharge.begin();
    expect(probe()).toEqual([]);
    asks[0]?.answer(charge('n1', true));
    expect(probe()).toEqual([true]);
  });

  test('is affirmed by one that takes them, the home or who stands in for it, and denied by one that leaves', () => {
    const home = alone('n1');
    home.inCharge.begin();
    expect(home.probe()).toEqual([true]);
    void home.inCharge.leave();
    expect(home.probe()).toEqual([false]);
    const deputy = alone('n2');
    deputy.inCharge.begin();
    deputy.asks[0]?.nobody();
    expect(deputy.probe()).toEqual([true]);
  });

  test('is not known any more of one that was up and has fallen silent, until somebody is found to do it', async () => {
    const { inCharge, asks, probe } = alone('n3');
    inCharge.begin();
    asks[0]?.answer(charge('n2', true));
    expect(probe()).toEqual([true]);
    await clock.pass(chargeSilentMs + 1);
    expect(probe()).toEqual([]);
    expect(inCharge.takesWrites).toBe(false);
    asks.findLast(({ to }) => to === 'n1')?.answer(charge('n1', true));
    expect(probe()).toEqual([true]);
  });
});

describe('a member ahead that says that nobody looks after the writes', () => {
  test('is gone at once: the one ahead of it is asked, and stood in for where nobody is there', () => {
    const { inCharge, asks, asked, state } = alone('n3');
    inCharge.begin();
    const [first] = asks;
    expect(asked()).toEqual(['n2']);
    first?.answer(charge('n2', false));
    expect(state()).toBe('following');
    const [, second] = asks;
    expect(asked()).toEqual(['n2', 'n1']);
    second?.nobody();
    expect(state()).toBe('standingIn');
  });

  test('ends nothing of one that is not in charge: it asks on', async () => {
    const { inCharge, asks, asked } = alone('n3');
    inCharge.begin();
    asks[0]?.answer(charge('n2', false));
    asks.find(({ to }) => to === 'n1')?.answer(charge('n1', true));
    asked();
    await clock.pass(probeDelayMs);
    expect(asked()).toEqual(['n2', 'n1']);
  });
});

describe('of the members beyond the nearest that is up', () => {
  /** n3, which n2 has told that it is back after what it found of n1. */
  function back(findOut: (asked: Asked | undefined) => void) {
    const made = alone('n3');
    made.inCharge.begin();
    made.asks[0]?.nobody();
    findOut(made.asks.find(({ to }) => to === 'n1'));
    made.inCharge.hear(charge('n2', true), () => undefined);
    made.asks.length = 0;
    return made;
  }

  test('one that was gone has to be asked again before it is stood in for', () => {
    const { inCharge, asks, state } = back((asked) => asked?.nobody());
    expect(state()).toBe('following');
    inCharge.hear(charge('n2', false), () => undefined);
    expect(state()).toBe('following');
    asks.find(({ to }) => to === 'n1')?.nobody();
    expect(state()).toBe('standingIn');
  });

  test('one that was up has to say so again before anybody is told', () => {
    const { inCharge, asks, probe } = back((asked) => asked?.answer(charge('n1', true)));
    inCharge.hear(charge('n2', false), () => undefined);
    expect(probe()).toEqual([]);
    asks.find(({ to }) => to === 'n1')?.answer(charge('n1', true));
    expect(probe()).toEqual([true]);
  });

  test('none is asked, nor listened to', async () => {
    const { inCharge, asked, asks } = alone('n3');
    inCharge.begin();
    asks[0]?.nobody();
    inCharge.hear(charge('n2', true), () => undefined);
    expect(asks.filter(({ to }) => to === 'n1').map(({ isStopped }) => isStopped)).toEqual([true]);
    asked();
    await clock.pass(probeDelayMs);
    expect(asked()).toEqual(['n2']);
  });
});

test('one that takes the writes says so, to its own service and to all the others, and says when it does no longer', () => {
  const { inCharge, asks, told, events } = alone('n2');
  inCharge.begin();
  expect([told, events]).toEqual([[], []]);
  asks[0]?.nobody();
  expect(told).toEqual([charge('n2', true)]);
  inCharge.hear(charge('n1', true), () => undefined);
  expect(events).toEqual([
    { type: 'charge', takesWrites: true },
    { type: 'charge', takesWrites: false },
  ]);
  expect(told).toHaveLength(1);
});

test('answers are listened for to a bounded number of questions, whatever becomes of them', async () => {
  const { inCharge, asks } = alone('n2');
  inCharge.begin();
  await clock.pass(100 * probeDelayMs);
  expect(asks.length).toBeGreaterThan(50);
  expect(asks.filter(({ isStopped }) => !isStopped)).toHaveLength(8);
});

describe('a member that leaves', () => {
  test('takes the writes until its deputy says that it does', async () => {
    const [home] = serving('n1', 'n2', 'n3');
    await clock.pass(probeDelayMs);
    const left = home?.leave();
    expect(taking()).toEqual(['n1']);
    await clock.pass(1);
    expect(taking()).toEqual(['n1', 'n2']);
    await clock.pass(1);
    await left;
    expect(taking()).toEqual(['n2']);
  });

  test('and is told to leave again waits for the same deputy', async () => {
    const [home] = serving('n1', 'n2', 'n3');
    await clock.pass(probeDelayMs);
    void home?.leave();
    let hasLeft = false;
    void home?.leave().then(() => {
      hasLeft = true;
    });
    await settled();
    expect(hasLeft).toBe(false);
    await clock.pass(2);
    await settled();
    expect(hasLeft).toBe(true);
  });

  test('leaves at once where it is the only one', async () => {
    const only = member('n1', ['n1']);
    only.begin();
    expect(taking()).toEqual(['n1']);
    void only.leave();
    await settled();
    expect(taking()).toEqual([]);
  });

  test('leaves after a while though nobody takes them', async () => {
    const [home] = serving('n1');
    void home?.leave();
    await clock.pass(599);
    expect(taking()).toEqual(['n1']);
    await clock.pass(1);
    await settled();
    expect(taking()).toEqual([]);
  });

  test('and stands in has left as soon as its successor, which had to look first, says that it takes them', async () => {
    absent.add('n1');
    const [deputy] = serving('n2', 'n3');
    await clock.pass(probeDelayMs);
    expect(taking()).toEqual(['n2']);
    void deputy?.leave();
    await clock.pass(1);
    expect(taking()).toEqual(['n2']);
    await clock.pass(9);
    await settled();
    expect(taking()).toEqual(['n3']);
  });

  test('and follows says so: the one behind it asks the one ahead of it at once', async () => {
    const [, deputy] = serving('n1', 'n2', 'n3');
    await clock.pass(2 * probeDelayMs + 10);
    probes.length = 0;
    await deputy?.leave();
    await clock.pass(5);
    expect(probes).toContain('n3>n1');
    expect(taking()).toEqual(['n1']);
  });

  test('asks nobody any more, and takes them in no case', async () => {
    const { inCharge, asked } = alone('n2');
    inCharge.begin();
    await inCharge.leave();
    asked();
    inCharge.hear(charge('n1', false), () => undefined);
    inCharge.begin();
    await clock.pass(3 * chargeSilentMs);
    expect([asked(), inCharge.takesWrites]).toEqual([[], false]);
  });
});

test('a probe that cannot be sent does not end the watch', async () => {
  let isBroken = true;
  const { inCharge } = alone('n2', MEMBERS, {
    askOne: () => {
      if (isBroken) throw new Error('the connection is closed');
      return () => undefined;
    },
  });
  expect(() => inCharge.begin()).toThrow('closed');
  isBroken = false;
  await clock.pass(2 * chargeSilentMs);
  expect(inCharge.takesWrites).toBe(true);
});
