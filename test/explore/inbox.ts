import type { Reply, Request } from '../../src/protocol/messages.ts';
import type { Acceptors } from './acceptors.ts';
import type { Actors } from './actors.ts';
import { Interner } from './interner.ts';
import { keyOfAccepted, keyOfReply } from './keys.ts';
import { Memo } from './memo.ts';
import { isOpening } from './opening.ts';
import type { Rules } from './rules.ts';
import type { ActorRecord, Sent } from './world.ts';

/** What an acceptor has on the network for an actor: views, numbered, of the replies that the actor would listen to. */
export class Inbox {
  readonly #views = new Interner<readonly Reply[]>((replies) => replies.map(keyOfReply).join(';'));
  readonly #viewOf: Memo<Memo<number>>;
  readonly #hearsEarlierOpenings: boolean;

  constructor(acceptors: Acceptors, actors: Actors, rules: Rules) {
    this.#hearsEarlierOpenings = rules.hearsEarlierOpenings;
    this.#viewOf = new Memo(
      (actor) => new Memo((acceptor) => this.#views.numberOf(this.#repliesTo(acceptors, acceptor, actors, actor))),
    );
  }

  viewOf(acceptor: number, actor: number): number {
    return this.#viewOf.get(actor).get(acceptor);
  }

  repliesIn(view: number): readonly Reply[] {
    return this.#views.get(view);
  }

  #repliesTo(acceptors: Acceptors, acceptor: number, actors: Actors, actor: number): readonly Reply[] {
    const { disk, said } = acceptors.records.get(acceptor);
    const record = actors.records.get(actor);
    const isHeard = (one: Sent) => one.from === record.spec.name && this.#isToInbox(record, one.request);
    const sent = record.sent.filter(isHeard);
    const kept = said.filter((one) => isHeard(one) && acceptors.admitted.get(one.disk));
    const again = acceptors.admitted.get(disk)
      ? sent.map(({ request }) => acceptors.answerAgain(acceptor, request))
      : [];
    const replies = [...kept.map(({ reply }) => reply), ...again.filter((reply) => reply !== null)];
    const byKey = new Map(replies.map((reply) => [keyOfReply(reply), reply]));
    return [...byKey].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, reply]) => reply);
  }

  /** An answer to an opening names no ballot: that it belongs to the one under way is known by where it comes to. */
  #isToInbox({ status, opened }: ActorRecord, request: Request): boolean {
    const last = opened.at(-1);
    if (status.type !== 'opening' || last === undefined) return true;
    if (!isOpening(request)) return false;
    return this.#hearsEarlierOpenings || keyOfAccepted(request) === keyOfAccepted(last);
  }
}
