import { expect, test } from 'vitest';
import { reportOf } from '../../src/cli/status/report.ts';
import { tableOf } from '../../src/cli/status/table.ts';
import type { PeerStatus, ServiceStatus } from '../../src/contract/status.ts';

const MEMBERS = ['n1', 'n2', 'n3'];

function answer(member: string, given: Partial<ServiceStatus> = {}): ServiceStatus {
  const peers = MEMBERS.filter((peer) => peer !== member).map((peer) => heard(peer, 200));
  return {
    prefix: 'register',
    clash: null,
    cluster: 'stele',
    member,
    members: MEMBERS,
    state: 'serving',
    takesWrites: member === 'n1',
    incarnation: 2,
    storeId: `store-of-${member}`,
    registers: 100,
    commits: 50,
    pending: 0,
    peers,
    ...given,
  };
}

function heard(member: string, silentMs: number): PeerStatus {
  return { member, up: silentMs < 3_500, incarnation: 7, silentMs };
}

test('three that serve: a quorum, each with its lag behind the fullest', () => {
  const report = reportOf([answer('n1'), answer('n2', { registers: 90 }), answer('n3', { pending: 4 })]);
  expect(report).toMatchObject({ cluster: 'stele', quorum: true, serving: 3 });
  expect(report.members.map(({ lag }) => lag)).toEqual([0, 10, 0]);
  expect(tableOf(report).split('\n').at(-1)).toBe('quorum: yes, 3 of 3 members up');
});

test('a member that does not answer is down, as the one that heard it last tells', () => {
  const peers = (silentMs: number) => [heard('n2', 100), heard('n3', silentMs)];
  const report = reportOf([answer('n1', { peers: peers(14_200) }), answer('n2', { peers: peers(15_000) })]);
  expect(report.quorum).toBe(true);
  expect(report.members[2]).toEqual({
    member: 'n3',
    state: 'down',
    incarnation: 7,
    registers: null,
    lag: null,
    pending: null,
    note: 'last heard by n1 14 s ago: it is down, or has lost NATS',
  });
  expect(tableOf(report)).toContain(
    'n1      serving            2        100    0        0  takes the writes; does not hear n3',
  );
});

test('one of three is no quorum, and the last line says how many are needed', () => {
  const never = { member: 'n3', up: false, incarnation: null, silentMs: null };
  const report = reportOf([answer('n1', { peers: [heard('n2', 60_000), never] })]);
  expect(report).toMatchObject({ quorum: false, serving: 1 });
  expect(report.members[1]?.note).toContain('last heard by n1 60 s ago');
  expect(report.members[2]?.note).toContain('not heard by any member');
  expect(tableOf(report).split('\n').at(-1)).toMatch(/^quorum: no, 1 of 3 members up, and 2 are needed/);
});

test('members that answer and do not serve make no quorum', () => {
  const report = reportOf([answer('n1'), answer('n2', { state: 'joining' }), answer('n3', { state: 'draining' })]);
  expect(report).toMatchObject({ quorum: false, serving: 1 });
});

test('two processes under one name are both shown, and count once', () => {
  const report = reportOf([answer('n1'), answer('n1', { storeId: 'another' })]);
  expect(report.members.map(({ member }) => member)).toEqual(['n1', 'n1', 'n2', 'n3']);
  expect(report).toMatchObject({ quorum: false, serving: 1 });
  expect(tableOf(report)).toContain('quorum: no, 1 of 3 members up');
});
