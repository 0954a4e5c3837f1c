import type { MemberId } from './ballot.ts';
import type { Decide, Opening, Reply } from './messages.ts';

/** Writes of openings that are remembered of one home until it says that they were chosen. */
const WRITES_MAX = 16_384;

/** An opening as it came to this member's acceptor. */
interface Taken {
  readonly opening: Opening;
  /** The registers of it that the acceptor has accepted, once they are saved. */
  saved: readonly string[] | undefined;
  isChosen: boolean;
}

/** The result of one step of the learner. */
export interface Learned {
  /** The decisions that were learned, a whole opening at a time. */
  readonly decides: readonly Decide[];
  /** Registers whose proposal is both saved and chosen: the store may mark them as decided. */
  readonly marked: readonly string[];
}

/** All that is remembered of one life of a home. */
interface Home {
  readonly incarnation: number;
  readonly taken: Map<number, Taken>;
  writes: number;
}

const NOTHING: Learned = Object.freeze({ decides: [], marked: [] });

/**
 * A learner (Paxos Made Simple §2.3) of what homes open: it keeps the openings that came to this member's acceptor until their home
 * says, by one number for a whole batch, that they were chosen. To forget an opening costs nothing but a question later on.
 */
export class Learner {
  readonly #writesMax: number;
  readonly #homes = new Map<MemberId, Home>();

  constructor(writesMax = WRITES_MAX) {
    this.#writesMax = writesMax;
  }

  /** Takes in an opening that this member's acceptor is asked to accept. */
  onOpening(opening: Opening): void {
    const home = this.#newestHomeOf(opening);
    if (home === undefined || home.taken.has(opening.number)) return;
    home.taken.set(opening.number, { opening, saved: undefined, isChosen: false });
    home.writes += opening.writes.length;
    for (const [number, { opening: oldest }] of home.taken) {
      if (home.writes <= this.#writesMax) return;
      home.taken.delete(number);
      home.writes -= oldest.writes.length;
    }
  }

  /** Takes in the replies of this member's acceptor to an opening, once what it accepted is on the disk. */
  onSaved(opening: Opening, replies: readonly Reply[]): Learned {
    const home = this.#homeOf(opening);
    const taken = home?.taken.get(opening.number);
    if (home === undefined || taken === undefined) return NOTHING;
    const names: string[] = [];
    for (const reply of replies) if (reply.type === 'accepted') names.push(reply.name);
    taken.saved = names;
    return { decides: [], marked: conclude(home, taken) };
  }

  /** Takes in a home's word that all of an opening was chosen. */
  onChosen(of: Pick<Opening, 'ballot'>, number: number): Learned {
    const home = this.#homeOf(of);
    const taken = home?.taken.get(number);
    if (home === undefined || taken === undefined || taken.isChosen) return NOTHING;
    taken.isChosen = true;
    const { ballot, writes } = taken.opening;
    const decides = writes.map(
      ({ name, proposal }): Decide => ({ type: 'decide', name, decision: { ballot, proposal } }),
    );
    return { decides, marked: conclude(home, taken) };
  }

  /** Takes in that this member, the home of an opening, got all of it chosen: it knows the decisions. */
  onOwnChosen(of: Pick<Opening, 'ballot'>, number: number): readonly string[] {
    const home = this.#homeOf(of);
    const taken = home?.taken.get(number);
    if (home === undefined || taken === undefined) return [];
    taken.isChosen = true;
    return conclude(home, taken);
  }

  /** Undefined where nothing is remembered of that very life. */
  #homeOf({ ballot: { node, incarnation } }: Pick<Opening, 'ballot'>): Home | undefined {
    const home = this.#homes.get(node);
    return home?.incarnation === incarnation ? home : undefined;
  }

  /** A later life takes the place of an earlier one, never the other way round. */
  #newestHomeOf(opening: Opening): Home | undefined {
    const { node, incarnation } = opening.ballot;
    const known = this.#homes.get(node);
    if (known !== undefined && known.incarnation >= incarnation) return this.#homeOf(opening);
    const home: Home = { incarnation, writes: 0, taken: new Map() };
    this.#homes.set(node, home);
    return home;
  }
}

/** Forgets an opening that is both saved and chosen. */
function conclude(home: Home, { opening, saved, isChosen }: Taken): readonly string[] {
  if (!isChosen || saved === undefined) return [];
  home.taken.delete(opening.number);
  home.writes -= opening.writes.length;
  return saved;
}
