import { describe, expect, test } from 'vitest';
import type { Decide, Opening, Reply } from '../../src/protocol/messages.ts';
import { ballot, proposal } from '../support/sample.ts';
import { processOf, world } from './messenger-world.ts';

const DECISION = { ballot: ballot(1, 'n1', 3), proposal: proposal('v') };
const DECIDES: readonly Decide[] = [{ type: 'decide', name: 'r', decision: DECISION }];
const HELD: Reply = { type: 'held', name: 'r', accepted: null };

function openingOf(...names: string[]): Opening {
  const writes = names.map((name) => ({ name, proposal: proposal('v') }));
  return { ballot: ballot(0, 'n1', 3), number: 1, writes, chosen: [], isVoted: false };
}

describe('whoever asked and wants no more answers', () => {
  test('hears none of the others, nor of the own acceptor', () => {
    const { messenger, asked, jobs } = world();
    const heard: string[] = [];
    const stop = messenger.ask([{ type: 'query', name: 'r' }], (from) => heard.push(from));
    stop();
    jobs[0]?.respond([HELD], null);
    expect(heard).toEqual([]);
    expect(asked.map(({ isStopped }) => isStopped)).toEqual([true, true]);
  });

  test('hears none of an opening, while its save is noted all the same', () => {
    const { messenger, asked, jobs } = world();
    const heard: string[] = [];
    let saved = 0;
    const onSaved = () => {
      saved += 1;
    };
    messenger.open(openingOf('a'), [], (from) => heard.push(from), onSaved)();
    jobs[0]?.respond([{ type: 'accepted', name: 'a', ballot: ballot(0, 'n1', 3) }], 1);
    expect(heard).toEqual([]);
    expect(saved).toBe(1);
    expect(asked.map(({ isStopped }) => isStopped)).toEqual([true, true]);
  });
});

describe('a question', () => {
  test('goes to every other member and to the own acceptor, and each is heard', () => {
    const { messenger, asked, jobs } = world();
    const heard: string[] = [];
    messenger.ask([{ type: 'query', name: 'r' }], (from) => heard.push(from));
    for (const { to, answer } of asked) answer({ type: 'replies', sender: processOf(to), replies: [HELD] });
    jobs[0]?.respond([HELD], null);
    expect(heard).toEqual(['n1', 'n3', 'n2']);
  });
});

describe('a handover', () => {
  test('goes to its home alone; that nobody is there is passed on', () => {
    const { messenger, asked } = world();
    let nobody = 0;
    const onNobody = () => {
      nobody += 1;
    };
    messenger.handOver('n1', { writes: [] }, () => undefined, onNobody);
    expect(asked.map(({ to }) => to)).toEqual(['n1']);
    asked[0]?.nobody?.();
    expect(nobody).toBe(1);
  });

  test('is answered with credentials of its own', () => {
    const { receive, answers } = world();
    receive({ type: 'handover', sender: processOf('n3'), handover: { writes: [] } });
    expect(answers).toEqual([{ type: 'settled', sender: processOf('n2'), settled: { won: [0], decided: [] } }]);
  });
});

describe('decisions', () => {
  test('are told to every other member and to the own acceptor', () => {
    const { messenger, sent, jobs } = world();
    messenger.tell(DECIDES);
    expect(sent.map(({ to, message }) => [to, message.type])).toEqual([
      ['n1', 'requests'],
      ['n3', 'requests'],
    ]);
    expect(jobs.map(({ requests }) => requests)).toEqual([DECIDES]);
  });

  test('that are only to be noted go to the own acceptor alone', () => {
    const { messenger, sent, jobs } = world();
    messenger.note(DECIDES);
    expect(sent).toEqual([]);
    expect(jobs.map(({ requests }) => requests)).toEqual([DECIDES]);
  });

  test('that another member tells are learned at once, and saved', () => {
    const { receive, jobs, learned } = world();
    receive({ type: 'requests', sender: processOf('n3'), requests: DECIDES });
    expect(learned).toEqual(['r']);
    expect(jobs.map(({ requests }) => requests)).toEqual([DECIDES]);
  });
});

describe('an opening of the home', () => {
  test('that changed nothing, for it came twice, leaves the commit alone that saved it', () => {
    const { receive, jobs, noted } = world();
    const opening = openingOf('a');
    const accepted: Reply[] = [{ type: 'accepted', name: 'a', ballot: opening.ballot }];
    for (const commit of [7, null]) {
      receive({ type: 'open', sender: processOf('n1'), opening });
      jobs.shift()?.respond(accepted, commit);
    }
    receive({ type: 'open', sender: processOf('n1'), opening: { ...opening, writes: [], chosen: [1] } });
    expect(noted).toEqual([[7, ['a']]]);
  });

  test('is answered within what one message may take, whatever was decided', () => {
    const { receive, jobs, answers } = world({ answerBytesMax: 1_000 });
    receive({ type: 'open', sender: processOf('n1'), opening: openingOf('a', 'b') });
    const large = { ballot: ballot(2, 'n3'), proposal: { opId: 'o', value: new Uint8Array(700) } };
    jobs[0]?.respond(
      ['a', 'b'].map((name): Reply => ({ type: 'decided', name, decision: large })),
      null,
    );
    expect(answers[0]).toMatchObject({
      type: 'opened',
      opened: { refusals: [{ type: 'decided' }, { type: 'rejected', promised: ballot(2, 'n3') }] },
    });
  });

  test('that says only which earlier ones were chosen is not answered', () => {
    const { receive, jobs, answers } = world();
    receive({ type: 'open', sender: processOf('n1'), opening: { ...openingOf(), chosen: [1] } });
    expect([jobs, answers]).toEqual([[], []]);
  });
});
