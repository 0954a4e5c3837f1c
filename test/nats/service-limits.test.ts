import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ServiceWorld, startServiceWorld } from '../support/service-world.ts';

const PAYLOAD_BYTES_MAX = 8_192;

let world: ServiceWorld;
beforeAll(async () => {
  world = await startServiceWorld({ config: `max_payload: ${PAYLOAD_BYTES_MAX}` });
});
afterAll(() => world.close());

describe('a reply that NATS would not carry', () => {
  test('leaves out the largest values and says so, and keeps every outcome', async () => {
    world.member.hold('small', '"s"');
    world.member.hold('large', JSON.stringify('x'.repeat(4_000)));
    world.member.hold('larger', JSON.stringify('y'.repeat(5_000)));
    const registers = ['small', 'larger', 'empty', 'large'].map((register) => ({ register }));
    const answer = await world.request('register.read', JSON.stringify(registers));
    expect(answer.body).toMatchObject([
      { register: 'small', outcome: 'decided', value: 's' },
      {
        register: 'larger',
        outcome: 'decided',
        valueOmitted: true,
        ballot: '3/n1/7',
        error: expect.stringMatching(/by itself/),
      },
      { register: 'empty', outcome: 'empty' },
      { register: 'large', outcome: 'decided', value: 'x'.repeat(4_000) },
    ]);
    expect(answer.payload.length).toBeLessThanOrEqual(PAYLOAD_BYTES_MAX);
    expect(answer.text).not.toContain('yyy');
  });

  test('says that the outcomes are unknown when even they do not fit', async () => {
    const writes = Array.from({ length: 200 }, (_, index) => ({ register: `r${index}`, value: 0 }));
    const answer = await world.request('register.write', JSON.stringify(writes));
    expect(answer).toMatchObject({ outcome: 'unknown', code: '504' });
    expect(answer.body).toMatchObject({ outcome: 'unknown', code: 504 });
    const reads = Array.from({ length: 200 }, (_, index) => ({ register: `r${index}` }));
    expect((await world.request('register.read', JSON.stringify(reads))).body).toMatchObject({
      outcome: 'unavailable',
    });
    expect(world.member.decisions.get('r199')).toBeDefined();
  });

  test('of one value that no longer fits is answered without it, as unavailable or unknown', async () => {
    world.member.hold('huge', Buffer.alloc(PAYLOAD_BYTES_MAX, 1));
    expect(await world.request('register.read.huge')).toMatchObject({ outcome: 'unavailable', code: '504', text: '' });
    expect(await world.request('register.write.huge', 'x')).toMatchObject({
      outcome: 'unknown',
      code: '504',
      text: '',
    });
  });
});

test('a value that members could not send each other is refused with 413', async () => {
  const answer = await world.request('register.write.n', 'x'.repeat(7_000));
  expect(answer).toMatchObject({ outcome: 'refused', code: '413', error: expect.stringMatching(/7000 bytes/) });
  expect(await world.request('register.write.n', 'x'.repeat(4_000))).toMatchObject({ outcome: 'won' });
});
