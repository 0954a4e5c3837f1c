import { describe, expect, test } from 'vitest';
import type { PeerMessage } from '../../src/ports.ts';
import type { Decide, Opening, Reply } from '../../src/protocol/messages.ts';
import { ballotOf, proposal } from '../support/paxos.ts';
import { openingOf, world } from './messenger-world.ts';
import { processOf } from './process.ts';

const DECISION = { ballot: ballotOf(1, 'n1', 3), proposal: proposal('v') };
const DECIDES: readonly Decide[] = [{ type: 'decide', name: 'r', decision: DECISION }];

function open(opening: Opening, member = 'n1'): Extract<PeerMessage, { type: 'open' }> {
  return { type: 'open', sender: processOf(member), opening, awaited: [] };
}

function accepted(...names: string[]): Reply[] {
  return names.map((name) => ({ type: 'accepted', name, ballot: ballotOf(0, 'n1', 3) }));
}

describe('decisions that another member tells', () => {
  test('are learned at once, and saved', () => {
    const { receive, jobs, learned } = world();
    receive({ type: 'requests', sender: processOf('n3'), requests: DECIDES });
    expect(learned).toEqual(['r']);
    expect(jobs.map(({ requests }) => requests)).toEqual([DECIDES]);
  });
});

describe('a request', () => {
  test('is answered with credentials of the own, once the acceptor has', () => {
    const { receive, jobs, answers } = world();
    receive({ type: 'requests', sender: processOf('n3'), requests: [{ type: 'query', name: 'r' }] });
    expect(jobs.map(({ from }) => from)).toEqual(['n3']);
    expect(answers).toEqual([]);
    const replies: Reply[] = [{ type: 'held', name: 'r', accepted: null }];
    jobs[0]?.respond(replies);
    expect(answers).toEqual([{ type: 'replies', sender: processOf('n2'), replies }]);
  });
});

describe('an opening of the home', () => {
  test('is accepted, and learned by the word of the home that it was chosen, not before', () => {
    const { receive, jobs, learned, answers } = world();
    receive(open(openingOf('a', 'b')));
    expect([learned, answers]).toEqual([[], []]);
    jobs[0]?.respond(accepted('a', 'b'));
    expect(answers).toEqual([{ type: 'opened', sender: processOf('n2'), opened: { number: 1, refusals: [] } }]);
    expect(learned).toEqual([]);
    receive(open({ ...openingOf(), number: 2, chosen: [1] }));
    expect(learned).toEqual(['a', 'b']);
  });

  test('may wait at the acceptor where the answers of others are waited for', () => {
    const { receive, jobs } = world();
    for (const awaited of [[], ['n2', 'n3'], ['n3']]) receive({ ...open(openingOf('a')), awaited });
    expect(jobs.map(({ mayWait }) => mayWait)).toEqual([false, false, true]);
  });

  test('that came twice is marked once', () => {
    const { receive, jobs, noted } = world();
    for (const _ of ['once', 'and again']) {
      receive(open(openingOf('a')));
      jobs.shift()?.respond(accepted('a'));
    }
    receive(open({ ...openingOf(), chosen: [1] }));
    expect(noted).toEqual([['a']]);
  });

  test('is answered within what one message may take, whatever was decided', () => {
    const { receive, jobs, answers } = world({ payloadBytesMax: 4_096 + 1_000 });
    receive(open(openingOf('a', 'b')));
    const large = { ballot: ballotOf(2, 'n3'), proposal: { opId: 'o', value: new Uint8Array(700) } };
    jobs[0]?.respond(['a', 'b'].map((name): Reply => ({ type: 'decided', name, decision: large })));
    expect(answers[0]).toMatchObject({
      type: 'opened',
      opened: { refusals: [{ type: 'decided' }, { type: 'rejected', promised: ballotOf(2, 'n3') }] },
    });
  });

  test('that says only which earlier ones were chosen is not answered', () => {
    const { receive, jobs, answers } = world();
    receive(open({ ...openingOf(), chosen: [1] }));
    expect([jobs, answers]).toEqual([[], []]);
  });
});

test('an opening of a member that is not the home, or not at its own ballot, is not accepted, and told of', () => {
  const { receive, jobs, events, learned } = world({ self: 'n3' });
  receive(open({ ...openingOf('a'), ballot: ballotOf(0, 'n2', 3) }, 'n2'));
  receive(open({ ...openingOf('a'), ballot: ballotOf(0, 'n2', 3) }));
  receive(open({ ...openingOf('a'), ballot: ballotOf(0, 'n1', 2) }));
  expect([jobs, learned]).toEqual([[], []]);
  const whats = events.flatMap((event) => (event.type === 'trouble' ? event.what : []));
  expect(whats).toHaveLength(3);
  expect(whats[0]).toMatch(/^Member n2 opened registers, and their home is n1\./);
});

test('an answer that comes as a request is passed over', () => {
  const { receive, jobs, answers, learned } = world();
  receive(open(openingOf('r')));
  jobs.shift()?.respond(accepted('r'));
  answers.length = 0;
  learned.length = 0;
  receive({ type: 'opened', sender: processOf('n3'), opened: { number: 1, refusals: [] } });
  receive({ type: 'replies', sender: processOf('n3'), replies: accepted('r') });
  expect([jobs, answers, learned]).toEqual([[], [], []]);
});
