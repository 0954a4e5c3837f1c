import { expect, test } from 'vitest';
import type { PeerMessage } from '../../src/ports.ts';
import { type Block, blockOf } from '../../src/store/journal/block.ts';
import { accepted, change } from '../store/world.ts';
import { decode, payloadOf, SENDER as sender } from './support.ts';

const ballot = { round: 0, node: 'n1', incarnation: 3 };
const later = { round: 7, node: 'n2', incarnation: 300 };
const proposal = { opId: 'op-1', value: new Uint8Array(Buffer.from('value')) };
const decision = { ballot: later, proposal };
const hello = {
  credentials: { ...sender, commits: 2 ** 40 },
  members: ['n1', 'n2', 'n3'],
  enrolled: true,
  remembers: [{ member: 'n2', storeId: 'of-n2', enrolled: false }],
};

const MESSAGES: readonly PeerMessage[] = [
  {
    type: 'requests',
    sender,
    requests: [
      { type: 'prepare', name: 'a', ballot: later },
      { type: 'accept', name: 'b', ballot, proposal },
      { type: 'query', name: 'c' },
      { type: 'decide', name: 'd', decision },
    ],
  },
  {
    type: 'replies',
    sender,
    replies: [
      { type: 'promised', name: 'a', ballot: later, accepted: decision },
      { type: 'accepted', name: 'b', ballot },
      { type: 'rejected', name: 'c', ballot, promised: later },
      { type: 'decided', name: 'd', decision },
      { type: 'held', name: 'e', accepted: null },
    ],
  },
  {
    type: 'open',
    sender,
    opening: { ballot, number: 5, writes: [{ name: 'a', proposal }], chosen: [3, 4] },
    awaited: ['n2'],
  },
  { type: 'opened', sender, opened: { number: 5, refusals: [{ type: 'decided', name: 'a', decision }] } },
  { type: 'probe', sender },
  { type: 'charge', sender, lookedAfter: true },
  { type: 'hello', sender, hello },
  { type: 'welcome', sender, hello },
  { type: 'refusal', sender, refusal: 'old-copy' },
  { type: 'presence', sender, hello, stage: 'serving' },
];

/** Bytes as two lines of hex and text, so that a change can be read. */
function shown(title: string, bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes);
  return `${title}\n  ${buffer.toString('hex')}\n  ${buffer.toString('latin1').replaceAll(/[^\x20-\x7e]/g, '.')}\n`;
}

test('messages between members are, to the byte, what members of this version send', async () => {
  const golden = MESSAGES.map((message) => shown(message.type, payloadOf(message))).join('\n');
  await expect(golden).toMatchFileSnapshot('golden/messages.txt');
  for (const message of MESSAGES) expect(decode(payloadOf(message))).toEqual(message);
});

test('a block is, to the byte, what stores of this version hold', async () => {
  const state = accepted('value', 'op-1', 7);
  const changes = [
    change('new', state),
    change('old', { ...state, accepted: null }, state),
    change('any', { ...accepted('other', 'op-2', 8), decided: true }, state),
  ];
  const written = ({ name }: { name: string }) => (name === 'any' ? { commit: 4, index: 2 } : undefined);
  const block: Block = blockOf({ commit: 2 ** 32, registers: 299 }, [{ member: 'n2', commits: 6 }], changes, written);
  await expect(shown('block', block.bytes)).toMatchFileSnapshot('golden/block.txt');
});
