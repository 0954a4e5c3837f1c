import { expect, test } from 'vitest';
import { Acceptor } from '../../src/node/roles/acceptor.ts';
import type { Learning } from '../../src/node/roles/learning.ts';
import type { Request } from '../../src/protocol/messages.ts';
import { contextOf, live } from '../node/context.ts';
import { settled } from '../node/manual-clock.ts';
import { decide, prepare } from './acceptor-world.ts';

test.each<[string, Request[]]>([
  ['idle', []],
  ['lingering', [decide('b')]],
  ['loading', [prepare('b')]],
])('a job that comes while replies leave is not forgotten when the machine goes on to %s', async (_, between) => {
  const { context, failures } = contextOf();
  // Only openings are learned from, and none is asked here.
  const acceptor = new Acceptor(context, {} as Learning);
  live(context, acceptor.child);
  const answered: string[] = [];
  const ask = (request: Request, then: () => void = () => undefined) =>
    acceptor.ask({
      from: 'n2',
      requests: [request],
      respond: () => {
        answered.push(request.name);
        then();
      },
    });
  ask(prepare('a'), () => ask(prepare('c')));
  for (const request of between) ask(request);
  for (let turn = 0; turn < 5; turn += 1) await settled();
  expect(answered).toContain('c');
  expect(answered.filter((name) => name === 'c')).toHaveLength(1);
  expect(failures).toEqual([]);
});
