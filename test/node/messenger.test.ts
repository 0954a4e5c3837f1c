import { describe, expect, test } from 'vitest';
import type { Job } from '../../src/machines/acceptor.ts';
import { Messenger } from '../../src/node/messenger.ts';
import { Peers } from '../../src/node/peers.ts';
import { TakenOpenings } from '../../src/node/taken.ts';
import type { PeerMessage, Transport } from '../../src/ports.ts';
import type { Credentials } from '../../src/protocol/membership.ts';
import type { Opening, Reply } from '../../src/protocol/messages.ts';
import { ballot, proposal } from '../support/sample.ts';
import { ManualClock } from './manual-clock.ts';
import { MemoryStore } from './memory-store.ts';

const MEMBERS = ['n1', 'n2', 'n3'];

function credentialsOf(member: string): Credentials {
  const storeId = `disk-of-${member}`;
  return { cluster: 'c', member, storeId, incarnation: 1, session: `session-of-${member}`, commits: 0 };
}

function openingOf(home: string, ...names: string[]): Opening {
  const writes = names.map((name) => ({ name, proposal: proposal('v') }));
  return { ballot: ballot(0, home), number: 1, writes, chosen: [], isVoted: false };
}

/** The messenger of a member that has met the others, whose acceptor and network are the test. */
function world(self = 'n1') {
  const store = new MemoryStore(self, MEMBERS);
  for (const member of MEMBERS) store.peers.set(member, { ...credentialsOf(member), enrolled: true });
  /** What left, in words. */
  const sent: string[] = [];
  const note = (to: string, message: PeerMessage) => {
    const isVoted = message.type === 'open' && message.opening.isVoted;
    const isRefused = message.type === 'opened' && message.opened.refusals.length > 0;
    sent.push(`${message.type}${isVoted ? ', voted' : ''}${isRefused ? ', refused' : ''} to ${to}`);
  };
  const transport: Transport = {
    payloadBytesMax: 1_048_576,
    serve: () => undefined,
    send: note,
    announce: () => () => undefined,
    request: (to, message) => {
      note(to, message);
      return () => undefined;
    },
  };
  const jobs: Job[] = [];
  const troubles: string[] = [];
  const learned: string[] = [];
  const onDecides = (decides: readonly { readonly name: string }[]) => learned.push(...decides.map(({ name }) => name));
  const credentials = () => credentialsOf(self);
  const noop = () => undefined;
  const peers = new Peers({
    store,
    transport,
    clock: new ManualClock(),
    emit: noop,
    heartbeatMs: 1_000,
    peerSilentMs: 3_000,
    credentials,
    onAdmitted: noop,
    onRefused: noop,
    onStoreFailed: noop,
  });
  const messenger = new Messenger({
    self,
    members: MEMBERS,
    home: 'n1',
    transport,
    peers,
    taken: new TakenOpenings({ self, members: MEMBERS.length, noteDecided: noop, onDecides }),
    credentials,
    mayVote: () => true,
    toAcceptor: (job) => jobs.push(job),
    answerBytesMax: () => 10_000,
    onDecides,
    onHandover: noop,
    onNonsense: (what) => troubles.push(what),
  });
  /** Opens; returns who has answered, and how to stop listening. */
  const open = (opening: Opening, toldOfVote: readonly string[] | null) => {
    const heard: string[] = [];
    const stop = messenger.open(opening, toldOfVote, (from) => heard.push(from), noop);
    return { heard, stop };
  };
  /** The own acceptor answers: it has accepted all but what it refused. */
  const save = (...refused: string[]) => {
    const job = jobs.shift();
    job?.respond(
      job.requests.map((request) => (refused.includes(request.name) ? refusal : accepted)(request.name)),
      1,
    );
  };
  return { messenger, sent, jobs, troubles, learned, open, save };
}

const accepted = (name: string): Reply => ({ type: 'accepted', name, ballot: ballot(0, 'n1') });
const refusal = (name: string): Reply => ({
  type: 'rejected',
  name,
  ballot: ballot(0, 'n1'),
  promised: ballot(1, 'n2'),
});

describe('an opening of a lone write', () => {
  test('leaves before the own vote is saved, which follows it to whoever asked', () => {
    const { open, sent, save } = world();
    const { heard } = open(openingOf('n1', 'a'), ['n3']);
    expect(sent).toEqual(['open to n2', 'open to n3']);
    save();
    expect(sent.slice(2)).toEqual(['opened to n3']);
    expect(heard).toEqual(['n1']);
  });

  test('has its vote follow when nobody listens any more: the others may still make a quorum of it', () => {
    const { open, sent, save } = world();
    const { heard, stop } = open(openingOf('n1', 'a'), ['n3']);
    stop();
    save();
    expect(sent.slice(2)).toEqual(['opened to n3']);
    expect(heard).toEqual([]);
  });

  test('that the own acceptor refuses has the refusal follow', () => {
    const { open, sent, save } = world();
    open(openingOf('n1', 'a'), ['n3']);
    save('a');
    expect(sent.slice(2)).toEqual(['opened, refused to n3']);
  });
});

describe('an opening of several writes', () => {
  test('leaves once the own vote is saved, and carries it', () => {
    const { open, sent, save } = world();
    const { heard } = open(openingOf('n1', 'a', 'b'), null);
    expect(sent).toEqual([]);
    save();
    expect(sent).toEqual(['open, voted to n2', 'open, voted to n3']);
    expect(heard).toEqual(['n1']);
  });

  test('of which the own acceptor refuses any leaves all the same, without its vote', () => {
    const { open, sent, save } = world();
    const { heard } = open(openingOf('n1', 'a', 'b'), null);
    save('b');
    expect(sent).toEqual(['open to n2', 'open to n3']);
    expect(heard).toEqual(['n1']);
  });

  test('that was given up before the own vote was saved does not leave', () => {
    const { open, sent, save } = world();
    const { stop } = open(openingOf('n1', 'a', 'b'), null);
    stop();
    save();
    expect(sent).toEqual([]);
  });
});

describe('an opening of another member', () => {
  const from = (member: string, opening: Opening): PeerMessage => {
    return { type: 'open', sender: credentialsOf(member), opening };
  };

  test('that is the home is accepted, and its vote counted with the own one, whichever way it comes', () => {
    const along = world('n2');
    along.messenger.receive(from('n1', { ...openingOf('n1', 'a', 'b'), isVoted: true }), () => undefined);
    along.save();
    expect(along.learned).toEqual(['a', 'b']);
    const after = world('n2');
    after.messenger.receive(from('n1', openingOf('n1', 'a', 'b')), () => undefined);
    after.save();
    expect(after.learned).toEqual([]);
    const opened = { number: 1, refusals: [] };
    after.messenger.receive({ type: 'opened', sender: credentialsOf('n1'), opened }, () => undefined);
    expect(after.learned).toEqual(['a', 'b']);
  });

  test('that is not the home, or does not open at its own ballot, is not accepted, and told of', () => {
    const { messenger, jobs, troubles } = world('n3');
    messenger.receive(from('n2', openingOf('n2', 'a')), () => undefined);
    messenger.receive(from('n1', openingOf('n2', 'a')), () => undefined);
    messenger.receive(from('n1', { ...openingOf('n1', 'a'), ballot: ballot(0, 'n1', 2) }), () => undefined);
    expect(jobs).toEqual([]);
    expect(troubles).toHaveLength(3);
    expect(troubles[0]).toMatch(/^Member n2 opened registers, and their home is n1\./);
  });
});
