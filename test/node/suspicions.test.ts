import { expect, test } from 'vitest';
import { Suspicions } from '../../src/node/suspicions.ts';

function world() {
  let nowMs = 0;
  const suspicions = new Suspicions({ now: () => nowMs });
  const pass = (forMs: number) => {
    nowMs += forMs;
  };
  /** How long it is suspected from now on, in steps of 100 ms. */
  const lastsMs = () => {
    let lastsMs = 0;
    for (; suspicions.isSuspected('n2'); lastsMs += 100) pass(100);
    return lastsMs;
  };
  return { suspicions, pass, lastsMs };
}

test('each suspicion that finds the member silent again lasts twice as long, up to a bound', () => {
  const { suspicions, lastsMs } = world();
  const lasted = Array.from({ length: 7 }, () => {
    suspicions.suspect('n2');
    return lastsMs();
  });
  expect(lasted).toEqual([500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
});

test('several batches that miss the same answer are one finding', () => {
  const { suspicions, pass, lastsMs } = world();
  suspicions.suspect('n2');
  pass(100);
  suspicions.suspect('n2');
  suspicions.suspect('n2');
  expect(lastsMs()).toBe(400);
});

test('a member that answered is not suspected, and the next suspicion is short again', () => {
  const { suspicions, lastsMs } = world();
  suspicions.suspect('n2');
  lastsMs();
  suspicions.suspect('n2');
  suspicions.clear('n2');
  expect(suspicions.isSuspected('n2')).toBe(false);
  suspicions.suspect('n2');
  expect(lastsMs()).toBe(500);
});

test('one member’s silence says nothing of another', () => {
  const { suspicions } = world();
  suspicions.suspect('n2');
  expect(suspicions.isSuspected('n3')).toBe(false);
});
