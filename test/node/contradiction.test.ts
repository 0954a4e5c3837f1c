import { describe, expect, it } from 'vitest';
import type { Ask } from '../../src/node/messenger.ts';
import { Proposals } from '../../src/node/proposals.ts';
import { Reads } from '../../src/node/reads.ts';
import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import { Writes } from '../../src/node/writes.ts';
import { onRequest } from '../../src/protocol/acceptor.ts';
import type { Reply } from '../../src/protocol/messages.ts';
import { type RegisterState, UNTOUCHED } from '../../src/protocol/register.ts';
import { Rounds } from '../../src/protocol/rounds.ts';

const CONTRADICTION = new Error('decided twice');
const PROPOSAL = { opId: 'a', value: new Uint8Array([1]) };

/** A cluster of one acceptor, asked directly. */
function asking(): Ask {
  let state: RegisterState = UNTOUCHED;
  return (requests, onReplies) => {
    const replies: Reply[] = [];
    for (const request of requests) {
      const verdict = onRequest(state, request);
      ({ state } = verdict);
      if (verdict.reply !== null) replies.push(verdict.reply);
    }
    queueMicrotask(() => onReplies('n1', replies));
    return () => undefined;
  };
}

/** What a member has in common for both, but for an ear that finds every decision to contradict what it knows. */
function shared(ask: Ask, onBroken: (error: unknown) => void) {
  const contradict = () => {
    throw CONTRADICTION;
  };
  const clock = { now: () => 0, setTimeout: () => 0, clearTimeout: () => undefined };
  const settings = DEFAULT_SETTINGS;
  return {
    settings,
    members: 1,
    clock,
    ask,
    emit: () => undefined,
    onFound: contradict,
    onChosen: contradict,
    onBroken,
  };
}

describe('a decision that contradicts a known one', () => {
  it('is reported as what breaks the member when a write comes upon it', async () => {
    const broken = await new Promise((resolve) => {
      const options = shared(asking(), resolve);
      const nowhere = { canReach: () => false, add: () => undefined, stop: () => undefined };
      const writes = new Writes({
        ...options,
        self: 'n1',
        succession: ['n0', 'n1'],
        random: () => 0,
        ways: ({ conclude }) => ({
          openings: nowhere,
          handovers: nowhere,
          proposals: new Proposals({ ...options, rounds: new Rounds('n1', 1), conclude }),
        }),
      });
      writes.write('r', PROPOSAL, () => undefined);
    });
    expect(broken).toBe(CONTRADICTION);
  });

  it('is reported as what breaks the member when a read comes upon it', async () => {
    const ask = asking();
    const ballot = { round: 1, node: 'n1', incarnation: 1 };
    ask([{ type: 'accept', name: 'r', ballot, proposal: PROPOSAL }], () => undefined);
    const broken = await new Promise((resolve) => {
      const reads = new Reads({
        ...shared(ask, resolve),
        store: { load: async () => new Map() },
        transport: { payloadBytesMax: 1_048_576 },
        writes: { finish: () => new Promise(() => undefined) },
        onStoreFailed: resolve,
      });
      reads.read('r', () => undefined);
    });
    expect(broken).toBe(CONTRADICTION);
  });
});
