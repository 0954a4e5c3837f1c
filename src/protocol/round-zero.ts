import { type Ballot, FIRST_ROUND, higherBallot, type MemberId } from './ballot.ts';
import { invariant } from './invariant.ts';
import type { Accept, AcceptedReply, Decided, Opened, Opening, Rejected, Reply } from './messages.ts';
import type { Beaten, Chosen } from './proposer.ts';
import { isQuorum } from './quorum.ts';
import type { Decision, RegisterState } from './register.ts';

/*
 * The short way: phase 2 at once, in round 0, by the one member that may. Paxos Made Simple §2.2 has phase 1 find out what
 * may have been chosen below a ballot. Below (0, home, incarnation) there are only the openings of the home's earlier lives. A
 * quorum of theirs holds a vote of the home's own store, so a register that is not in that store was not chosen by
 * any of them, nor will it be: the store takes no opening but those of its own process. Phase 1 would find nothing.
 */

/** The answers of the members to one opening. */
export interface OpeningVote {
  readonly opening: Opening;
  /** Who has answered. Each of them accepted all but what it refused. */
  readonly answered: readonly MemberId[];
  readonly refusals: ReadonlyMap<string, Refusal>;
}

/** The refusals of one write of an opening. */
interface Refusal {
  readonly by: readonly MemberId[];
  /** The highest ballot that was promised elsewhere. */
  readonly highest: Ballot;
  /** The decision that a refusal told; null where none did. */
  readonly told: Decision | null;
}

/** The ballot of all openings of one life of a home. */
export function openingBallot(home: MemberId, incarnation: number): Ballot {
  return { round: FIRST_ROUND - 1, node: home, incarnation };
}

/**
 * Whether a home may open a register: once in a life, and only one that its own store does not know, not so much as by a promise.
 * @param state what the store holds of it; undefined where that is nothing.
 * @param isOpened whether this life has opened it, and does not know that to be in the store yet. To be asked at the same moment.
 */
export function mayOpen(state: RegisterState | undefined, isOpened: boolean): boolean {
  return state === undefined && !isOpened;
}

/**
 * Whether an opening comes from the one process that may send it: the present life of the home. Two members that take
 * themselves for the home could both get a register decided.
 */
export function isFromHome(
  { ballot }: Pick<Opening, 'ballot'>,
  sender: { readonly member: MemberId; readonly incarnation: number },
  home: MemberId | undefined,
): boolean {
  return sender.member === home && ballot.node === sender.member && ballot.incarnation === sender.incarnation;
}

/**
 * Names that one life of a home has opened and that are not known to be in its own store yet. The store does not speak of
 * them, and to open one again would give one ballot two proposals.
 */
export class OpenedNames {
  readonly #unsaved = new Set<string>();

  has(name: string): boolean {
    return this.#unsaved.has(name);
  }

  add({ writes }: Pick<Opening, 'writes'>): void {
    for (const { name } of writes) this.#unsaved.add(name);
  }

  /** The own acceptor has saved its vote: from now on the store speaks of them. */
  onSaved({ writes }: Pick<Opening, 'writes'>): void {
    for (const { name } of writes) this.#unsaved.delete(name);
  }
}

/** Lists the accepts that an opening asks of an acceptor. */
export function acceptsOf({ ballot, writes }: Opening): readonly Accept[] {
  return writes.map(({ name, proposal }) => ({ type: 'accept', name, ballot, proposal }));
}

/** An acceptor's answer to an opening: all was accepted but what is named. */
export function openedOf({ number }: Opening, replies: readonly Reply[]): Opened {
  return { number, refusals: replies.filter(isRefusal) };
}

/** Tells whether an acceptor's reply to an accept is a refusal. */
function isRefusal(reply: Reply): reply is Rejected | Decided {
  invariant(reply.type !== 'promised' && reply.type !== 'held', `An accept was answered with ${reply.type}`);
  return (reply satisfies AcceptedReply | Rejected | Decided).type !== 'accepted';
}

export function startOpening(opening: Opening): OpeningVote {
  invariant(opening.ballot.round < FIRST_ROUND, `An opening at round ${opening.ballot.round}, which has a phase 1`);
  return { opening, answered: [], refusals: new Map() };
}

/** Counts one member's answer. A second one of the same member, or one to another opening, changes nothing. */
export function onOpened(vote: OpeningVote, from: MemberId, { number, refusals }: Opened): OpeningVote {
  if (number !== vote.opening.number || vote.answered.includes(from)) return vote;
  const noted = new Map(vote.refusals);
  for (const refusal of refusals) {
    const { by, highest, told } = noted.get(refusal.name) ?? { by: [], highest: vote.opening.ballot, told: null };
    noted.set(
      refusal.name,
      refusal.type === 'decided'
        ? { by: [...by, from], highest, told: refusal.decision }
        : { by: [...by, from], highest: higherBallot(highest, refusal.promised), told },
    );
  }
  return { ...vote, answered: [...vote.answered, from], refusals: noted };
}

/**
 * Whether to wait for more answers would not change what became of any write: the home and a majority have answered. More
 * of them might still win one that was refused; but then everyone would wait for a member that may be dead.
 */
export function isOpeningSettled({ opening, answered }: OpeningVote, members: number): boolean {
  return isQuorum(opening.ballot, answered, members);
}

/** Gives the outcome of each write, in the order of the opening. One that was not chosen goes on in rounds above `highest`. */
export function outcomesOf(vote: OpeningVote, members: number): readonly (Chosen | Beaten)[] {
  const { ballot, writes } = vote.opening;
  const unopposed = isQuorum(ballot, vote.answered, members);
  return writes.map(({ name, proposal }): Chosen | Beaten => {
    const refusal = vote.refusals.get(name);
    if (refusal?.told) return { phase: 'chosen', name, decision: refusal.told, here: false };
    const isChosen = refusal === undefined ? unopposed : isQuorum(ballot, consenting(vote, refusal), members);
    if (isChosen) return { phase: 'chosen', name, decision: { ballot, proposal }, here: true };
    return { phase: 'beaten', name, ballot, highest: refusal?.highest ?? ballot };
  });
}

/** Whether all of an opening was chosen by it, so that one number tells the others of it. */
export function isWhole(outcomes: readonly (Chosen | Beaten)[]): boolean {
  return outcomes.every((outcome) => outcome.phase === 'chosen' && outcome.here);
}

function consenting({ answered }: OpeningVote, { by }: Refusal): readonly MemberId[] {
  return answered.filter((member) => !by.includes(member));
}
