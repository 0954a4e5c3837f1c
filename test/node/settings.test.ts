import { expect, test } from 'vitest';
import { BadInputError } from '../../src/contract/errors.ts';
import { DEFAULT_SETTINGS, parseSettings, type Settings } from '../../src/node/settings.ts';

const NAMES = Object.keys(DEFAULT_SETTINGS) as (keyof Settings)[];
const BAD: readonly unknown[] = [
  Number.POSITIVE_INFINITY,
  Number.NaN,
  0,
  -1,
  0.5,
  1_000.5,
  2 ** 53,
  Number.MAX_VALUE,
  '1000',
  null,
  true,
  10n,
  {},
  [],
  Symbol('5'),
];

test.each(NAMES)(
  '%s takes whole numbers within its bounds, and names itself, the value and the bounds otherwise',
  (name) => {
    for (const value of BAD) {
      const parse = () => parseSettings({ [name]: value } as object);
      expect(parse).toThrow(BadInputError);
      expect(parse).toThrow(new RegExp(`The setting ${name} is .*a whole number.* from 1 to \\d+`));
    }
    const [, max] = /to (\d+)\.$/.exec(messageOf(() => parseSettings({ [name]: -1 }))) ?? [];
    expect(() => parseSettings({ [name]: Number(max) + 1 })).toThrow(`is ${Number(max) + 1}`);
    // It may contradict another setting, and is within its own bounds.
    expect(messageOf(() => parseSettings({ [name]: Number(max) }), true)).not.toContain('a whole number');
  },
);

test('no time is longer than a timer can count: past 2^31 - 1 ms it would fire at once', () => {
  for (const name of NAMES.filter((name) => name.endsWith('Ms'))) {
    expect(() => parseSettings({ [name]: 2 ** 31 })).toThrow(name);
    expect(() => parseSettings({ [name]: 2 ** 31 - 1 })).toThrow(name);
  }
});

test('what is undefined is the default, and so is all that is not given', () => {
  expect(parseSettings()).toEqual(DEFAULT_SETTINGS);
  expect(parseSettings({ heartbeatMs: undefined, valueBytesMax: 10 })).toEqual({
    ...DEFAULT_SETTINGS,
    valueBytesMax: 10,
  });
});

test('the defaults are within the bounds', () => {
  expect(parseSettings(DEFAULT_SETTINGS)).toEqual(DEFAULT_SETTINGS);
});

test.each([
  ['heartbeatMs', 'peerSilentMs', 3_500],
  ['backoffMinMs', 'backoffMaxMs', 251],
  ['batchRegistersMax', 'acceptorQueueMax', 65_537],
] as const)('%s above %s makes no sense, and both are named', (lower, upper, value) => {
  const bound = Number(DEFAULT_SETTINGS[upper]);
  const settings = value > 65_536 ? { [lower]: 3, [upper]: 2 } : { [lower]: value };
  const message = messageOf(() => parseSettings(settings));
  expect(message).toContain(lower);
  expect(message).toContain(upper);
  expect(() => parseSettings({ [lower]: Math.min(value, bound) - 1 })).not.toThrow();
});

test('what is no setting, or no settings at all, is refused', () => {
  for (const settings of [{ heartbeat: 5 }, { constructor: 5 }, { toString: 5 }]) {
    expect(() => parseSettings(settings as object)).toThrow('There is no setting');
  }
  for (const settings of [null, 5, 'fast'])
    expect(() => parseSettings(settings as unknown as object)).toThrow(BadInputError);
});

test('settings that may be equal are taken where they are', () => {
  for (const [lower, upper] of [
    ['backoffMinMs', 'backoffMaxMs'],
    ['batchRegistersMax', 'acceptorQueueMax'],
  ] as const) {
    expect(parseSettings({ [lower]: 7, [upper]: 7 })).toMatchObject({ [lower]: 7, [upper]: 7 });
  }
  expect(() => parseSettings({ heartbeatMs: 7, peerSilentMs: 7 })).toThrow(BadInputError);
});

test('the defaults of all members of a process cannot be changed by one', () => {
  expect(Object.isFrozen(DEFAULT_SETTINGS)).toBe(true);
});

function messageOf(act: () => unknown, mayBeTaken = false): string {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(BadInputError);
    return (error as Error).message;
  }
  if (mayBeTaken) return '';
  throw new Error('it was taken');
}
