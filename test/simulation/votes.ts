import type { Ballot } from '../../src/protocol/ballot.ts';
import type { Change } from '../../src/protocol/batch.ts';
import type { Opening, Reply, Request } from '../../src/protocol/messages.ts';
import type { Proposal, RegisterState } from '../../src/protocol/register.ts';
import type { Disk } from './disk.ts';
import { isSame, type Seen, type Violation } from './history/history.ts';
import type { Life } from './life.ts';

interface Vote {
  readonly ballot: Ballot;
  readonly proposal: Seen;
  /** The members on whose disk it has ever been. */
  readonly voters: Set<string>;
}

interface Register {
  readonly votes: Map<string, Vote>;
  /** The vote that was the first to be one of a quorum. */
  chosen: Vote | undefined;
  /** Which life asked to prepare at a ballot. */
  readonly preparedBy: Map<string, string>;
  /** What was asked to be accepted at a ballot. */
  readonly asked: Map<string, Seen>;
}

const text = new TextDecoder();

export function seenOf({ opId, value }: Proposal): Seen {
  return { opId, value: text.decode(value) };
}

/**
 * What nobody in the world can see: every vote that was ever on a disk, and so what is really chosen. It shares no rule
 * with the code under test; its own are the invariants of Paxos Made Simple §2.2 (P2b and what ballots are).
 */
export class Votes {
  readonly #majority: number;
  readonly #flag: (violation: Violation) => void;
  readonly #registers = new Map<string, Register>();
  /** Every opening of every life, by its number. */
  readonly #openings = new Map<string, Opening>();
  /** Who was the first to open anything. */
  #home: string | undefined;

  constructor(members: number, flag: (violation: Violation) => void) {
    this.#majority = Math.floor(members / 2) + 1;
    this.#flag = flag;
  }

  /** What a quorum has had on disk at one ballot; undefined where nothing is chosen. */
  chosen(name: string): Seen | undefined {
    return this.#registers.get(name)?.chosen?.proposal;
  }

  /** A register's new state is on a disk. */
  onSaved(disk: Disk, { name, after }: Change): void {
    if (!disk.isGenuine) return;
    const before = disk.registers.get(name);
    if (before !== undefined && compare(after.promised, before.promised) < 0) {
      this.#violated(
        'a promise is never taken back',
        name,
        `${disk.member}: ${key(before.promised)}, ${key(after.promised)}`,
      );
    }
    if (after.decided) this.#onKnownDecided(disk, name, after);
    else if (after.accepted !== null && !isSameState(before, after)) this.#onVote(disk, name, after, before);
  }

  /** An acceptor answered: what it says must be on its disk already. */
  onAnswered(disk: Disk, replies: readonly Reply[]): void {
    for (const reply of replies) {
      const state = disk.registers.get(reply.name);
      const isHeld =
        (reply.type !== 'promised' && reply.type !== 'accepted') ||
        (state !== undefined && compare(state.promised, reply.ballot) >= 0);
      if (!isHeld) this.#violated('saved before it is answered', reply.name, `${disk.member}: ${reply.type}`);
      if (reply.type === 'accepted') this.#onAnsweredVote(disk, reply.name, reply.ballot);
      if (reply.type === 'decided') this.onTold(disk.member, reply.name, seenOf(reply.decision.proposal));
    }
  }

  /** A proposer asked: a ballot belongs to one life of one member, and to one proposal. */
  onAsked(life: string, requests: readonly Request[]): void {
    for (const request of requests) {
      if (request.type === 'prepare') {
        const { preparedBy } = this.#of(request.name);
        const ballot = key(request.ballot);
        if (preparedBy.has(ballot)) {
          const detail = `${ballot}: ${preparedBy.get(ballot)}, then ${life}`;
          this.#violated('a ballot is used once', request.name, detail);
        }
        preparedBy.set(ballot, life);
      } else if (request.type === 'accept') {
        this.#bind(life, request.name, request.ballot, seenOf(request.proposal));
      }
    }
  }

  /** The home opened registers: each of them once in a life, at a ballot of that life, and nobody else ever opens any. */
  onOpening(life: Life, opening: Opening): void {
    const { ballot, number, writes } = opening;
    const { member, incarnation } = life;
    if (key(ballot) !== `0/${member}/${incarnation}`) {
      this.#violated('an opening is at the ballot of its life', null, `${life} opened at ${key(ballot)}`);
    }
    this.#home ??= member;
    if (this.#home !== member) this.#violated('all registers have one home', null, `${this.#home}, ${member}`);
    const id = `${key(ballot)} ${number}`;
    if (this.#openings.has(id)) this.#violated('openings have numbers of their own', null, id);
    this.#openings.set(id, opening);
    for (const { name, proposal } of writes) {
      const register = this.#of(name);
      if (register.asked.has(key(ballot))) this.#violated('a life opens a register once', name, id);
      this.#bind(`${life}`, name, ballot, seenOf(proposal));
    }
  }

  /** A home told which of its openings were chosen: every write of them must be. */
  onNews(life: Life, { ballot, chosen }: Opening): void {
    for (const number of chosen) {
      const opening = this.#openings.get(`${key(ballot)} ${number}`);
      if (opening === undefined) this.#violated('only what is chosen is told', null, `${life}: no opening ${number}`);
      for (const { name, proposal } of opening?.writes ?? []) this.onTold(`${life}`, name, seenOf(proposal));
    }
  }

  /** A store was told that what it holds of a register is chosen. */
  onNoted(disk: Disk, name: string): void {
    const state = disk.registers.get(name);
    if (disk.isGenuine && state !== undefined) this.#onKnownDecided(disk, name, state);
  }

  #bind(life: string, name: string, ballot: Ballot, proposal: Seen): void {
    const { asked } = this.#of(name);
    const earlier = asked.get(key(ballot));
    if (earlier !== undefined && !isSame(earlier, proposal)) {
      this.#violated('a ballot is bound to one proposal', name, `${key(ballot)}, by ${life}`);
    }
    asked.set(key(ballot), proposal);
  }

  /** Somebody was told that a register is decided: it must be. */
  onTold(by: string, name: string, proposal: Seen): void {
    const chosen = this.chosen(name);
    if (chosen !== undefined && isSame(chosen, proposal)) return;
    const detail = `${by} said ${proposal.opId}, while ${chosen?.opId ?? 'nothing'} was chosen`;
    this.#violated('only what is chosen is told', name, detail);
  }

  #onKnownDecided(disk: Disk, name: string, { accepted }: RegisterState): void {
    if (accepted !== null) this.onTold(`${disk.member}'s disk`, name, seenOf(accepted.proposal));
  }

  /**
   * A vote that shared a commit with a later one of the same member was on the disk only within that one; it was given all
   * the same, once it is answered.
   */
  #onAnsweredVote(disk: Disk, name: string, ballot: Ballot): void {
    const state = disk.registers.get(name);
    const register = this.#of(name);
    const proposal = register.asked.get(key(ballot));
    if (state?.accepted === undefined || state.accepted === null || proposal === undefined) return;
    if (!state.decided && compare(state.accepted.ballot, ballot) < 0) return;
    const vote = register.votes.get(key(ballot)) ?? { ballot, proposal, voters: new Set() };
    register.votes.set(key(ballot), vote);
    this.#count(name, register, vote, disk.member);
  }

  #count(name: string, register: Register, vote: Vote, member: string): void {
    vote.voters.add(member);
    if (register.chosen === undefined && this.#isChosen(vote)) register.chosen = vote;
    this.#checkAgreement(name, register);
  }

  #onVote(disk: Disk, name: string, after: RegisterState, before: RegisterState | undefined): void {
    const { accepted } = after;
    if (accepted === null) return;
    const { ballot } = accepted;
    const proposal = seenOf(accepted.proposal);
    const register = this.#of(name);
    if (before !== undefined && compare(ballot, before.promised) < 0) {
      this.#violated('nothing is accepted below a promise', name, `${disk.member}: ${key(ballot)}`);
    }
    if (compare(ballot, after.promised) > 0) {
      this.#violated('to accept is to promise', name, `${disk.member}: ${key(ballot)} above ${key(after.promised)}`);
    }
    const vote = register.votes.get(key(ballot)) ?? { ballot, proposal, voters: new Set() };
    if (!isSame(vote.proposal, proposal)) {
      this.#violated('one proposal a ballot', name, `${key(ballot)}: ${vote.proposal.opId}, ${proposal.opId}`);
      return;
    }
    register.votes.set(key(ballot), vote);
    this.#count(name, register, vote, disk.member);
  }

  /** P2b: once a proposal is chosen, every proposal of a higher ballot that any acceptor accepts is the same. */
  #checkAgreement(name: string, { chosen, votes }: Register): void {
    if (chosen === undefined) return;
    for (const vote of votes.values()) {
      if (isSame(vote.proposal, chosen.proposal)) continue;
      const isChosen = this.#isChosen(vote);
      if (!isChosen && compare(vote.ballot, chosen.ballot) < 0) continue;
      const detail = `${chosen.proposal.opId} at ${key(chosen.ballot)}, ${vote.proposal.opId} at ${key(vote.ballot)}`;
      this.#violated(
        isChosen ? 'one proposal is chosen' : 'nothing else is accepted above what is chosen',
        name,
        detail,
      );
    }
  }

  /** By a majority; of round 0, which has no phase 1, by one that the home is in. */
  #isChosen({ ballot, voters }: Vote): boolean {
    return voters.size >= this.#majority && (ballot.round > 0 || voters.has(ballot.node));
  }

  #of(name: string): Register {
    const known = this.#registers.get(name);
    if (known !== undefined) return known;
    const register: Register = { votes: new Map(), chosen: undefined, preparedBy: new Map(), asked: new Map() };
    this.#registers.set(name, register);
    return register;
  }

  #violated(property: string, register: string | null, detail: string): void {
    this.#flag({ property, register, detail });
  }
}

function key({ round, node, incarnation }: Ballot): string {
  return `${round}/${node}/${incarnation}`;
}

function compare(a: Ballot, b: Ballot): number {
  if (a.round !== b.round) return a.round - b.round;
  if (a.node !== b.node) return a.node < b.node ? -1 : 1;
  return a.incarnation - b.incarnation;
}

function isSameState(before: RegisterState | undefined, after: RegisterState): boolean {
  return before?.accepted === after.accepted;
}
