import type { Reply } from '../../src/protocol/messages.ts';
import type { Acceptors } from './acceptors.ts';
import type { Actors } from './actors.ts';
import { Interner } from './interner.ts';
import { keyOfReply } from './keys.ts';
import { Memo } from './memo.ts';

/** What an acceptor has on the network for an actor: views, numbered, of the replies that the actor would listen to. */
export class Inbox {
  readonly #views = new Interner<readonly Reply[]>((replies) => replies.map(keyOfReply).join(';'));
  readonly #viewOf: Memo<Memo<number>>;

  constructor(acceptors: Acceptors, actors: Actors) {
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
    const { spec, sent } = actors.records.get(actor);
    const kept = said.filter((one) => one.from === spec.name && acceptors.admitted.get(one.disk));
    const again = acceptors.admitted.get(disk)
      ? sent.map(({ request }) => acceptors.answerAgain(acceptor, request))
      : [];
    const replies = [...kept.map(({ reply }) => reply), ...again.filter((reply) => reply !== null)];
    const byKey = new Map(replies.map((reply) => [keyOfReply(reply), reply]));
    return [...byKey].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, reply]) => reply);
  }
}
