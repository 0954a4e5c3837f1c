import { onRequest } from '../../src/protocol/acceptor.ts';
import type { Ballot } from '../../src/protocol/ballot.ts';
import type { Reply, Request } from '../../src/protocol/messages.ts';
import type { Round } from '../../src/protocol/proposer.ts';
import { acceptOf, onReply, prepareOf, startRound } from '../../src/protocol/proposer.ts';
import { findingOf, type Inquiry, onAnswer, startInquiry } from '../../src/protocol/reader.ts';
import { type Decision, type Proposal, type RegisterState, UNTOUCHED } from '../../src/protocol/register.ts';
import { acceptsOf } from '../../src/protocol/round-zero.ts';
import { NAME, proposal } from '../support/paxos.ts';
import { History } from './history.ts';
import { HomeOfCluster } from './home-of-cluster.ts';

/** Something on its way: a request to an acceptor, or its reply to one life of whoever asked. */
type Envelope =
  | { readonly to: 'acceptor'; readonly acceptor: number; readonly asker: string; readonly request: Request }
  | { readonly to: 'asker'; readonly acceptor: number; readonly asker: string; readonly reply: Reply };

/** Which proposer is the home, and which acceptor is its own. */
const HOME = 0;

/** A member's name, as proposer and as voter. */
const memberAt = (index: number): string => `p${index}`;

const isOpening = (asker: string): boolean => asker.startsWith('opening');

interface Proposer {
  incarnation: number;
  /** Rounds begun in this incarnation. */
  rounds: number;
  round: Round | null;
}

/** One thing that happens; numbers are taken modulo what there is. */
export type Happening =
  | { readonly type: 'deliver' | 'duplicate' | 'lose'; readonly index: number }
  | { readonly type: 'open' | 'crash home'; readonly index: number }
  | { readonly type: 'propose' | 'crash proposer' | 'crash acceptor' | 'ask' | 'conclude'; readonly index: number };

/**
 * Acceptors, proposers and readers as plain data, over a network that loses, doubles and reorders. The first proposer is
 * the home of the register, and the first acceptor is its own.
 */
export class Cluster {
  readonly history: History;
  #acceptors: RegisterState[];
  readonly #proposers: Proposer[];
  readonly #home: HomeOfCluster;
  readonly #inquiries = new Map<string, Inquiry>();
  #network: Envelope[] = [];

  constructor(acceptors: number, proposers: number) {
    this.history = new History(acceptors, memberAt);
    this.#home = new HomeOfCluster(memberAt(HOME), acceptors);
    this.#acceptors = Array.from({ length: acceptors }, () => UNTOUCHED);
    this.#proposers = Array.from({ length: proposers }, () => ({ incarnation: 1, rounds: 0, round: null }));
  }

  happen({ type, index }: Happening): void {
    if (type === 'open') this.#open();
    else if (type === 'crash home') this.#crashProposer(HOME);
    else if (type === 'propose') this.#propose(index % this.#proposers.length);
    else if (type === 'crash proposer') this.#crashProposer(index % this.#proposers.length);
    else if (type === 'crash acceptor') this.#crashAcceptor(index % this.#acceptors.length);
    else if (type === 'ask') this.#ask();
    else if (type === 'conclude') this.#conclude(index);
    else this.#move(type, index);
  }

  /** The network heals, and one proposer goes on alone until it knows the decision. */
  settle(): void {
    const [survivor] = this.#proposers;
    if (survivor === undefined) throw new Error('there is no proposer to settle anything');
    for (let attempt = 0; survivor.round?.phase !== 'chosen'; attempt += 1) {
      if (attempt > 100) throw new Error('a proposer alone, with every message delivered, settled nothing');
      this.#network = [];
      this.#propose(0);
      while (this.#network.length > 0) this.#move('deliver', 0);
    }
  }

  #open(): void {
    const opening = this.#home.open(this.#acceptors[HOME] ?? UNTOUCHED);
    if (opening === null) return;
    for (const { proposal } of opening.writes) this.history.proposed(proposal);
    for (const accept of acceptsOf(opening)) this.#broadcast(this.#home.inbox, accept);
  }

  #propose(index: number): void {
    const proposer = this.#proposers[index];
    if (proposer === undefined || proposer.round?.phase === 'chosen') return;
    proposer.rounds += 1;
    const ballot: Ballot = { round: proposer.rounds, node: memberAt(index), incarnation: proposer.incarnation };
    const round = startRound(NAME, ballot, this.#ownProposal(index, proposer.incarnation));
    proposer.round = round;
    this.#broadcast(memberAt(index), prepareOf(round));
  }

  /** Each life has an operation of its own: the one before is forgotten with it. */
  #ownProposal(index: number, incarnation: number): Proposal {
    const own = proposal(`p${index}-life-${incarnation}`);
    this.history.proposed(own);
    return own;
  }

  #crashProposer(index: number): void {
    const proposer = this.#proposers[index];
    if (proposer === undefined) return;
    if (index === HOME) {
      this.#home.crash();
      this.#crashAcceptor(HOME);
    }
    this.#proposers[index] = { incarnation: proposer.incarnation + 1, rounds: 0, round: null };
  }

  /** What was saved is read back from the disk: equal, but not the same objects. */
  #crashAcceptor(index: number): void {
    this.#acceptors = this.#acceptors.map((state, at) => (at === index ? structuredClone(state) : state));
  }

  #ask(): void {
    const reader = `reader ${this.#inquiries.size}`;
    this.#inquiries.set(reader, startInquiry(NAME));
    this.history.readerStarted(reader);
    this.#broadcast(reader, { type: 'query', name: NAME });
  }

  #conclude(index: number): void {
    const [reader, inquiry] = [...this.#inquiries][index % Math.max(1, this.#inquiries.size)] ?? [];
    if (reader === undefined || inquiry === undefined) return;
    this.history.readerFound(reader, findingOf(inquiry, this.#acceptors.length));
  }

  #broadcast(asker: string, request: Request): void {
    this.#acceptors.forEach((_, acceptor) => {
      this.#network.push({ to: 'acceptor', acceptor, asker, request });
    });
  }

  #move(how: 'deliver' | 'duplicate' | 'lose', index: number): void {
    const at = index % Math.max(1, this.#network.length);
    const envelope = this.#network[at];
    if (envelope === undefined) return;
    if (how !== 'duplicate') this.#network.splice(at, 1);
    if (how === 'lose') return;
    if (envelope.to === 'acceptor') this.#answer(envelope.acceptor, envelope.asker, envelope.request);
    else this.#hear(envelope.acceptor, envelope.asker, envelope.reply);
  }

  #answer(acceptor: number, asker: string, request: Request): void {
    // The home hands its openings over to its own acceptor in memory: what a life has not handed over dies with it.
    if (acceptor === HOME && isOpening(asker) && asker !== this.#home.inbox) return;
    const { state, reply } = onRequest(this.#acceptors[acceptor] ?? UNTOUCHED, request);
    this.#acceptors[acceptor] = state;
    if (reply === null) return;
    if (reply.type === 'accepted' && request.type === 'accept') {
      this.history.voted(acceptor, { ballot: request.ballot, proposal: request.proposal });
    }
    this.#network.push({ to: 'asker', acceptor, asker, reply });
  }

  #hear(acceptor: number, asker: string, reply: Reply): void {
    const inquiry = this.#inquiries.get(asker);
    if (inquiry !== undefined) {
      this.#inquiries.set(asker, onAnswer(inquiry, memberAt(acceptor), reply));
      return;
    }
    if (isOpening(asker)) {
      const chosen = this.#home.hear(asker, memberAt(acceptor), reply);
      if (chosen !== null) this.#concluded(memberAt(HOME), chosen.decision);
      return;
    }
    const proposer = this.#proposers[Number(asker.slice(1))];
    if (!proposer?.round) return;
    const before = proposer.round;
    proposer.round = onReply(before, memberAt(acceptor), reply, this.#acceptors.length);
    this.#advanced(asker, before, proposer.round);
  }

  #advanced(asker: string, before: Round, next: Round): void {
    if (next.phase === before.phase) return;
    if (next.phase === 'accepting') this.#broadcast(asker, acceptOf(next));
    if (next.phase === 'chosen') this.#concluded(asker, next.decision);
  }

  #concluded(asker: string, decision: Decision): void {
    this.history.concluded(decision);
    this.#broadcast(asker, { type: 'decide', name: NAME, decision });
  }
}
