import { Messenger } from '../../src/node/peers/messenger.ts';
import { Peers } from '../../src/node/peers/peers.ts';
import { Presence } from '../../src/node/peers/presence.ts';
import { Router } from '../../src/node/peers/router.ts';
import { Acceptor, type Job } from '../../src/node/roles/acceptor.ts';
import { InCharge } from '../../src/node/roles/in-charge.ts';
import { Learning } from '../../src/node/roles/learning.ts';
import { Decisions } from '../../src/node/tasks/decisions.ts';
import type { PeerMessage } from '../../src/ports.ts';
import type { Opening } from '../../src/protocol/messages.ts';
import { ballotOf, proposal } from '../support/paxos.ts';
import { contextOf } from './context.ts';
import { processOf } from './process.ts';

const MEMBERS = ['n1', 'n2', 'n3'];

/** The first opening of n1, of these names. */
export function openingOf(...names: string[]): Opening {
  const writes = names.map((name) => ({ name, proposal: proposal('v') }));
  return { ballot: ballotOf(0, 'n1', 3), number: 1, writes, chosen: [] };
}

/** The messenger and the router of a member that has met the others. What its acceptor is asked is for the test to answer. */
export function world({ self = 'n2', isAdmitted = true, enrolled = true, payloadBytesMax = 1_048_576 } = {}) {
  const noted: (readonly string[])[] = [];
  const markDecided = (names: readonly string[]) => void (names.length > 0 && noted.push(names));
  const kit = contextOf({ self, members: MEMBERS, payloadBytesMax, store: { enrolled, markDecided } });
  const { context, store } = kit;
  for (const member of MEMBERS) if (member !== self) store.peers.set(member, { ...processOf(member), enrolled: true });
  const noop = () => undefined;
  const peers = new Peers(context, { admitted: noop, refused: noop });
  const presence = new Presence(context, peers, { prefixTaken: noop });
  const learned: string[] = [];
  const learning = new Learning(context, new Decisions(1_000_000));
  learning.tell({ learn: (name) => learned.push(name) });
  const jobs: Job[] = [];
  class Asked extends Acceptor {
    override ask(job: Job): void {
      jobs.push(job);
    }
  }
  /** What is said of who takes the writes. */
  const charges: PeerMessage[] = [];
  class Hearing extends InCharge {
    override hear(message: PeerMessage): void {
      charges.push(message);
    }
  }
  const acceptor = new Asked(context, learning);
  const inCharge = new Hearing(context, MEMBERS, peers);
  const messenger = new Messenger(context, peers, acceptor);
  const router = new Router(context, { peers, presence, acceptor, learning, inCharge }, 'n1', {
    state: isAdmitted ? 'serving' : 'joining',
  });
  const answers: PeerMessage[] = [];
  const receive = (message: PeerMessage) => router.receive(message, (answer) => answers.push(answer));
  return { ...kit, messenger, jobs, charges, learned, noted, answers, receive };
}
