import { expect, test } from 'vitest';
import { Turnstile } from '../../src/sqlite/turnstile.ts';

test('a call that may not begin yet holds up those behind it, and all begin in the order in which they came', async () => {
  let letGo: () => void = () => undefined;
  let isOpen = false;
  const turnstile = new Turnstile(
    () =>
      new Promise((resolve) => {
        letGo = resolve;
      }),
  );
  const begun: string[] = [];
  const call = (name: string) => async () => {
    begun.push(name);
    return name;
  };
  const first = turnstile.begin(() => true, call('first'));
  expect(begun).toEqual(['first']);
  const held = turnstile.begin(() => isOpen, call('held'));
  const behind = turnstile.begin(() => true, call('behind'));
  letGo();
  await first;
  expect(begun).toEqual(['first']);
  isOpen = true;
  letGo();
  const last = turnstile.begin(() => true, call('last'));
  expect(await Promise.all([held, behind, last])).toEqual(['held', 'behind', 'last']);
  expect(begun).toEqual(['first', 'held', 'behind', 'last']);
});

test('a call that fails fails for who made it, and lets the next one begin', async () => {
  const turnstile = new Turnstile(async () => undefined);
  let asked = 0;
  const failing = turnstile.begin(
    () => {
      asked += 1;
      return asked > 2;
    },
    () => Promise.reject(new Error('failed')),
  );
  const next = turnstile.begin(
    () => true,
    async () => 'next',
  );
  await expect(failing).rejects.toThrow('failed');
  expect(await next).toBe('next');
});

test('each call that waits begins once, and calls may wait again once all have begun', async () => {
  const turnstile = new Turnstile(async () => undefined);
  const begun: string[] = [];
  for (const round of ['first', 'second']) {
    let isOpen = false;
    const calls = ['a', 'b', 'c'].map((name) =>
      turnstile.begin(
        () => isOpen,
        async () => void begun.push(`${round} ${name}`),
      ),
    );
    await undefined;
    isOpen = true;
    await Promise.all(calls);
  }
  expect(begun).toEqual(['first a', 'first b', 'first c', 'second a', 'second b', 'second c']);
});
