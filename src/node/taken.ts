import type { MemberId } from '../protocol/ballot.ts';
import type { Decide, Opening, Reply } from '../protocol/messages.ts';

/** Writes of openings that are remembered of one home until it says that they were chosen. */
const WRITES_MAX = 16_384;

/** An opening as it came to this member's acceptor. */
interface Taken {
  readonly opening: Opening;
  /** What the acceptor accepted of it, once it has. */
  saved: Saved | undefined;
  isChosen: boolean;
}

interface Saved {
  readonly commit: number;
  readonly names: readonly string[];
}

/** All that is remembered of one life of a home. */
interface Home {
  readonly incarnation: number;
  readonly taken: Map<number, Taken>;
  writes: number;
}

export interface TakenOpeningsOptions {
  /** Told, once it is both, what was saved by a commit and is known to be chosen. */
  readonly noteDecided: (commit: number, names: readonly string[]) => void;
  /** Told what was chosen, a whole opening at a time. */
  readonly onDecides: (decides: readonly Decide[]) => void;
  readonly writesMax?: number;
}

/**
 * The learner's side of a member, for what homes open: the openings that came to the own acceptor, until it is known which of
 * them were chosen. Their homes say so, one number for a whole batch. To forget an opening costs nothing but a question later
 * on.
 */
export class TakenOpenings {
  readonly #options: TakenOpeningsOptions;
  readonly #writesMax: number;
  readonly #homes = new Map<MemberId, Home>();

  constructor(options: TakenOpeningsOptions) {
    this.#options = options;
    this.#writesMax = options.writesMax ?? WRITES_MAX;
  }

  /** It came. */
  take(opening: Opening): void {
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

  /** The acceptor answered it, and what it accepted is in that commit. */
  save(opening: Opening, replies: readonly Reply[], commit: number): void {
    const home = this.#homeOf(opening);
    const taken = home?.taken.get(opening.number);
    if (home === undefined || taken === undefined) return;
    const names: string[] = [];
    for (const reply of replies) if (reply.type === 'accepted') names.push(reply.name);
    taken.saved = { commit, names };
    this.#conclude(home, taken);
  }

  /** Its home says that all of it was chosen. */
  choose(of: Pick<Opening, 'ballot'>, number: number): void {
    const home = this.#homeOf(of);
    const taken = home?.taken.get(number);
    if (home === undefined || taken === undefined) return;
    this.#choose(taken);
    this.#conclude(home, taken);
  }

  /** This member, its home, found it chosen: it has learned that itself. */
  chooseOwn(of: Pick<Opening, 'ballot'>, number: number): void {
    const home = this.#homeOf(of);
    const taken = home?.taken.get(number);
    if (home === undefined || taken === undefined) return;
    taken.isChosen = true;
    this.#conclude(home, taken);
  }

  #choose(taken: Taken): void {
    if (taken.isChosen) return;
    taken.isChosen = true;
    const { ballot, writes } = taken.opening;
    this.#options.onDecides(
      writes.map(({ name, proposal }) => ({ type: 'decide', name, decision: { ballot, proposal } })),
    );
  }

  #conclude(home: Home, { opening, saved, isChosen }: Taken): void {
    if (!isChosen || saved === undefined) return;
    home.taken.delete(opening.number);
    home.writes -= opening.writes.length;
    this.#options.noteDecided(saved.commit, saved.names);
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
