import { describe, expect, onTestFinished, test } from 'vitest';
import { PAYLOAD_BYTES_MIN, problemWithPayloadLimit, VALUE_BYTES_MIN } from '../../src/nats/payload-limit.ts';
import { payloadOf } from '../codec/support.ts';
import { startServiceWorld } from '../support/service-world.ts';

test('a server that carries the least is taken, and one byte less is refused with what is needed', () => {
  expect(problemWithPayloadLimit(PAYLOAD_BYTES_MIN)).toBeUndefined();
  expect(problemWithPayloadLimit(PAYLOAD_BYTES_MIN - 1)).toMatch(
    /up to 5119 bytes \(its max_payload\), and a member needs 5120.*Raise max_payload in the configuration/,
  );
});

describe('at the least that a member starts with', () => {
  test('the least value is written and read, and one byte more is refused with the limit', async () => {
    const world = await startServiceWorld({ config: `max_payload: ${PAYLOAD_BYTES_MIN}` });
    onTestFinished(() => world.close());
    const value = Buffer.alloc(VALUE_BYTES_MIN, 0xff);
    const name = 'x'.repeat(255);
    expect(await world.request(`register.write.${name}`, value)).toMatchObject({ outcome: 'won', payload: value });
    expect(await world.request(`register.read.${name}`)).toMatchObject({ outcome: 'decided', payload: value });
    expect(await world.request('register.write.n', Buffer.alloc(VALUE_BYTES_MIN + 1))).toMatchObject({ code: '413' });
    expect((await world.request('register.read', JSON.stringify({ register: name }))).body).toMatchObject({
      outcome: 'decided',
      base64: value.toString('base64'),
    });
  });

  test('nine members with the longest ids hear each other, and each can say how it is', async () => {
    const members = Array.from({ length: 9 }, (_, index) => `${index}`.padEnd(32, 'n'));
    const [member = ''] = members;
    const most = Number.MAX_SAFE_INTEGER - (Number.MAX_SAFE_INTEGER % 10);
    const number = 999_999_999_999_999;
    const credentials = {
      cluster: 'c'.repeat(64),
      member,
      storeId: 's'.repeat(64),
      incarnation: number,
      session: 's'.repeat(64),
      commits: number,
    };
    const remembers = members.slice(1).map((peer) => ({ member: peer, storeId: 's'.repeat(64), enrolled: true }));
    for (const type of ['hello', 'welcome'] as const) {
      const hello = payloadOf({
        type,
        sender: credentials,
        hello: { credentials, members, enrolled: true, remembers },
      });
      expect(hello.length).toBeLessThanOrEqual(PAYLOAD_BYTES_MIN);
    }
    const world = await startServiceWorld({ config: `max_payload: ${PAYLOAD_BYTES_MIN}` });
    onTestFinished(() => world.close());
    const peers = members.slice(1).map((peer) => ({ member: peer, up: false, incarnation: number, silentMs: most }));
    const { cluster, storeId } = credentials;
    const status = { ...world.member.status(), cluster, member, members, storeId, incarnation: number, commits: most };
    world.member.status = () => ({ ...status, registers: most, pending: most, peers });
    const said = { ...world.member.status(), prefix: 'register' };
    expect((await world.request('_register.n1.status.get')).body).toEqual(said);
    for (const subject of ['$SRV.STATS', '$SRV.STATS.register']) {
      expect((await world.request(subject)).body).toMatchObject({
        endpoints: [{ name: 'status', data: said }],
      });
    }
  });
});
