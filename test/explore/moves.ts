import type { Request } from '../../src/protocol/messages.ts';
import type { Acceptors } from './acceptors.ts';
import type { Actors } from './actors.ts';
import { keyOfAccepted } from './keys.ts';
import { Memo } from './memo.ts';
import { isOpening } from './opening.ts';
import type { Rules } from './rules.ts';
import { type ActorRecord, isSameBallot } from './world.ts';

export interface Move {
  readonly type: 'begin' | 'restart actor';
  readonly next: number;
}

/** What actors do of their own accord, on numbered records; for what homes do see `home-moves.ts`. */
export class Moves {
  readonly #actors: Actors;
  readonly #sentBy: Memo<Int32Array>;
  readonly #sentToOwn: Memo<Int32Array>;
  readonly #movesOf = new Memo((actor) => this.#all(actor));
  readonly #deaf = new Memo((actor) => isDeaf(this.#actors.records.get(actor)));
  readonly #hears: Memo<Memo<boolean>>;
  readonly #lateReplies: boolean;
  readonly #asks = new Memo((actor) => this.#actors.records.get(actor).status.type === 'asking');
  readonly #waits = new Memo((actor) => this.#actors.ask(this.#actors.records.get(actor), null) !== null);

  constructor(actors: Actors, acceptors: Acceptors, lateReplies: boolean, rules: Rules) {
    this.#actors = actors;
    this.#lateReplies = lateReplies;
    this.#hears = new Memo((actor) => {
      const record = actors.records.get(actor);
      return new Memo((sent) => hears(record, acceptors.sent.get(sent).request, lateReplies));
    });
    this.#sentBy = new Memo((actor) =>
      Int32Array.from(actors.records.get(actor).sent.map((sent) => acceptors.sent.numberOf(sent))),
    );
    this.#sentToOwn = new Memo((actor) => {
      const { sent, opened } = actors.records.get(actor);
      const now = opened.map(keyOfAccepted);
      const isToOwn = (request: Request) =>
        rules.takesEarlierOpenings || !isOpening(request) || now.includes(keyOfAccepted(request));
      const toOwn = sent.filter(({ request }) => isToOwn(request));
      return Int32Array.from(toOwn.map((one) => acceptors.sent.numberOf(one)));
    });
  }

  of(actor: number): readonly Move[] {
    return this.#movesOf.get(actor);
  }

  /** Whether it is a reader that has not begun. */
  waitsToAsk(actor: number): boolean {
    return this.#waits.get(actor);
  }

  /** A reader that begins, at a time when this had been chosen. */
  ask(actor: number, chosen: string | null): number {
    const next = this.#actors.ask(this.#actors.records.get(actor), chosen);
    if (next === null) throw new Error('only a reader that waits to ask may ask');
    return this.#actors.records.numberOf(next);
  }

  /** All that it has sent and that is on the network, as numbers. */
  sentBy(actor: number): Int32Array {
    return this.#sentBy.get(actor);
  }

  /** The part of it that can still reach its own acceptor: openings are handed over there in memory, and end with a life. */
  sentToOwn(actor: number): Int32Array {
    return this.#sentToOwn.get(actor);
  }

  /** Whether the reply to this request can still be of use to it, or is kept though it comes too late. */
  hears(actor: number, sent: number): boolean {
    return this.#hears.get(actor).get(sent);
  }

  /** Whether one that becomes another has no more ears for what it was told, so that it can leave the network. */
  stopsListening(before: number, after: number): boolean {
    return !this.#lateReplies || this.#deaf.get(after) || this.#asks.get(before);
  }

  #all(actor: number): readonly Move[] {
    const record = this.#actors.records.get(actor);
    const moves = [
      ['begin', this.#actors.begin(record)],
      ['restart actor', this.#actors.restart(record)],
    ] as const;
    return moves.flatMap(([type, next]) =>
      next === null ? [] : [{ type, next: this.#actors.records.numberOf(next) }],
    );
  }
}

function isDeaf({ spec, status, life, roundsInAll }: ActorRecord): boolean {
  return status.type === 'done' && (life > spec.restarts || (roundsInAll >= spec.rounds && !spec.opens));
}

/** A reader closes its inbox once it knows enough. A proposer keeps one for good; what comes late must count for nothing. */
function hears(record: ActorRecord, request: Request, lateReplies: boolean): boolean {
  const { status } = record;
  if (request.type === 'query') return status.type === 'asking';
  if (lateReplies) return !isDeaf(record);
  if (request.type !== 'prepare') return true;
  return (
    status.type === 'round' && status.round.phase === 'preparing' && isSameBallot(status.round.ballot, request.ballot)
  );
}
