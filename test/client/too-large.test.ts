import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRegisters } from '../../src/index.ts';
import { type ServiceWorld, startServiceWorld } from '../support/service-world.ts';

const HELD = 'v'.repeat(10_000);

let world: ServiceWorld;
beforeAll(async () => {
  world = await startServiceWorld({ config: 'max_payload: 8192' });
  world.member.hold('held', HELD, 'op-1');
});
afterAll(() => world.close());

test('a read whose value no reply can carry fails at once, and says why: it is not empty, and has no empty value', async () => {
  await expect(createRegisters(world.client).read('held')).rejects.toMatchObject({
    code: 'STELE_ANSWER_TOO_LARGE',
    outcome: 'decided',
    winner: 'op-1',
    message: expect.stringMatching(/decided, but the value of 10000 bytes does not fit.*8192/),
  });
  expect(world.member.reads).toEqual(['held']);
});

test('a write that lost to such a value says that it lost, and is not tried again', async () => {
  await expect(createRegisters(world.client).write('held', 'mine')).rejects.toMatchObject({
    code: 'STELE_ANSWER_TOO_LARGE',
    outcome: 'lost',
    winner: 'op-1',
    message: expect.stringMatching(/lost to another operation, but the value of 10000 bytes does not fit.*8192/),
  });
  expect(world.member.writes).toHaveLength(1);
});

test('a write that won has the value that it was given, whether or not the reply carries it', async () => {
  const decision = world.member.decisions.get('held');
  if (decision === undefined) throw new Error('the register is empty');
  world.member.nextWrites.push(() => ({ outcome: 'won', decision }));
  const result = await createRegisters(world.client).write('held', Buffer.from('mine'));
  expect(result).toMatchObject({ outcome: 'won', value: new TextEncoder().encode('mine') });
});
