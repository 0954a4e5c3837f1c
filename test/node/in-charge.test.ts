import { beforeEach, describe, expect, test } from 'vitest';
import { InCharge } from '../../src/node/in-charge.ts';
import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import type { PeerMessage } from '../../src/ports.ts';
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
  const made = new InCharge({
    self,
    succession,
    settings: DEFAULT_SETTINGS,
    clock,
    transport: {
      tell: (message) => void askAll(message, () => undefined),
      ask: askAll,
      askOne: (to, message, onAnswer, onNobody) => {
        probes.push(`${self}>${to}`);
        if (absent.has(to)) clock.setTimeout(onNobody, 1);
        return ask(to, message, onAnswer);
      },
    },
    credentials: () => sender(self),
    trusts: (from) => !strangers.has(from.member),
    onCharge: () => undefined,
  });
  members.set(self, made);
  return made;
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
    const alone = member('n1', ['n1']);
    alone.begin();
    expect(taking()).toEqual(['n1']);
    void alone.leave();
    await settled();
    expect(taking()).toEqual([]);
  });
});

test('a probe that cannot be sent does not end the watch', async () => {
  const clockOfOne = new ManualClock();
  let isBroken = true;
  const deputy = new InCharge({
    self: 'n2',
    succession: MEMBERS,
    settings: DEFAULT_SETTINGS,
    clock: clockOfOne,
    transport: {
      tell: () => undefined,
      ask: () => () => undefined,
      askOne: () => {
        if (isBroken) throw new Error('the connection is closed');
        return () => undefined;
      },
    },
    credentials: () => sender('n2'),
    trusts: () => true,
    onCharge: () => undefined,
  });
  expect(() => deputy.begin()).toThrow('closed');
  isBroken = false;
  await clockOfOne.pass(2 * chargeSilentMs);
  expect(deputy.takesWrites).toBe(true);
});
