import type { PeerMessage } from '../../ports.ts';
import type { MemberId } from '../../protocol/ballot.ts';
import type { Decide, Opened, Opening, Reply, Request } from '../../protocol/messages.ts';
import type { MemberContext } from '../context.ts';
import type { Acceptor } from '../roles/acceptor.ts';
import type { Peers } from './peers.ts';

/** Asks and tells all members, this one's acceptor included. Drops the answers of processes that are not listened to. */
export class Messenger {
  readonly #context: MemberContext;
  readonly #peers: Peers;
  readonly #acceptor: Acceptor;

  constructor(context: MemberContext, peers: Peers, acceptor: Acceptor) {
    this.#context = context;
    this.#peers = peers;
    this.#acceptor = acceptor;
  }

  /** @returns a function that stops listening for replies. */
  ask(requests: readonly Request[], onReplies: (from: MemberId, replies: readonly Reply[]) => void): () => void {
    const { self, emit } = this.#context;
    emit({ type: 'asked', requests });
    const stop = this.#request({ type: 'requests', sender: this.#context.credentials(), requests }, (from, answer) => {
      if (answer.type === 'replies') onReplies(from, answer.replies);
    });
    let listening = true;
    this.#acceptor.ask({ from: self, requests, respond: (replies) => listening && onReplies(self, replies) });
    return () => {
      listening = false;
      stop();
    };
  }

  /**
   * Asks all members to accept an opening, all at the same time.
   * @param awaited the members that are to answer at once; all where there are none.
   * @param onSaved called once this member's acceptor has saved its vote, whether or not anyone listens still.
   * @returns a function that stops listening for answers.
   */
  open(
    opening: Opening,
    awaited: readonly MemberId[],
    onOpened: (from: MemberId, opened: Opened) => void,
    onSaved: () => void,
  ): () => void {
    const { self, emit } = this.#context;
    emit({ type: 'opening', opening });
    const stop = this.#request(
      { type: 'open', sender: this.#context.credentials(), opening, awaited },
      (from, answer) => {
        if (answer.type === 'opened') onOpened(from, answer.opened);
      },
    );
    let listening = true;
    this.#acceptor.open(self, opening, (opened) => {
      onSaved();
      if (listening) onOpened(self, opened);
    });
    return () => {
      listening = false;
      stop();
    };
  }

  /** Tells the other members which openings were chosen. */
  tellNews(opening: Opening): void {
    this.#context.transport.tell({ type: 'open', sender: this.#context.credentials(), opening, awaited: [] });
  }

  /** Tells every member, this member's acceptor included, what was decided. */
  tell(decides: readonly Decide[]): void {
    this.#context.transport.tell({ type: 'requests', sender: this.#context.credentials(), requests: decides });
    this.note(decides);
  }

  /** Tells this member's acceptor alone. */
  note(decides: readonly Decide[]): void {
    this.#acceptor.ask({ from: this.#context.self, requests: decides, respond: () => undefined });
  }

  #request(message: PeerMessage, onAnswer: (from: MemberId, answer: PeerMessage) => void): () => void {
    return this.#context.transport.ask(message, (answer) => {
      if (this.#peers.trusts(answer.sender)) onAnswer(answer.sender.member, answer);
    });
  }
}
