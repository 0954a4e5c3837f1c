import type { Job } from '../machines/acceptor.ts';
import type { PeerMessage, Respond, Transport } from '../ports.ts';
import type { MemberId } from '../protocol/ballot.ts';
import type { Credentials } from '../protocol/membership.ts';
import type { Decide, Opened, Opening, Reply, Request } from '../protocol/messages.ts';
import { acceptsOf, openedOf } from '../protocol/opening.ts';
import { fittingOpened } from './answers.ts';
import type { Peers } from './peers.ts';
import type { TakenOpenings } from './taken.ts';

/** Asks every member, the own acceptor included; returns a function that stops listening for replies. */
export type Ask = (
  requests: readonly Request[],
  onReplies: (from: MemberId, replies: readonly Reply[]) => void,
) => () => void;

export interface MessengerOptions {
  readonly self: MemberId;
  /** See `succession`. */
  readonly home: MemberId | undefined;
  readonly transport: Transport;
  readonly peers: Peers;
  readonly taken: TakenOpenings;
  readonly credentials: () => Credentials;
  /**
   * Whether the own acceptor may answer other members: once a majority listens to this one. An old copy that saved before it
   * is let in would come nearer, start by start, to what it is a copy of.
   */
  readonly mayVote: () => boolean;
  /** Hands a message to the own acceptor. */
  readonly toAcceptor: (job: Job) => void;
  /** What the decisions of one answer that cannot be cut may take. */
  readonly answerBytesMax: () => number;
  /** Told the decisions that another member sends. */
  readonly onDecides: (decides: readonly Decide[]) => void;
  /** Given what another member asks or says of who takes the writes, and how to answer it. */
  readonly onCharge: (message: Extract<PeerMessage, { readonly type: 'probe' | 'charge' }>, respond: Respond) => void;
  /** Told of what no member should send; a sentence. */
  readonly onNonsense: (what: string) => void;
}

/** Carries requests and replies between the parts of this member and the other members that it listens to. */
export class Messenger {
  readonly #options: MessengerOptions;

  constructor(options: MessengerOptions) {
    this.#options = options;
  }

  /** Replies of processes that are not listened to are dropped. */
  readonly ask: Ask = (requests, onReplies) => {
    const { self, toAcceptor } = this.#options;
    const sender = this.#options.credentials();
    const stop = this.#request({ type: 'requests', sender, requests }, (from, answer) => {
      if (answer.type === 'replies') onReplies(from, answer.replies);
    });
    let listening = true;
    toAcceptor({ from: self, requests, respond: (replies) => listening && onReplies(self, replies) });
    return () => {
      listening = false;
      stop();
    };
  };

  /** Asks every member to accept an opening, all at the same time: see `AskToOpen`. */
  open(opening: Opening, onOpened: (from: MemberId, opened: Opened) => void, onSaved: () => void): () => void {
    const { self, credentials } = this.#options;
    const stop = this.#request({ type: 'open', sender: credentials(), opening }, (from, answer) => {
      if (answer.type === 'opened') onOpened(from, answer.opened);
    });
    let listening = true;
    this.#accept(self, opening, (opened) => {
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
    this.#options.transport.tell({ type: 'open', sender: this.#options.credentials(), opening });
  }

  /** Tells every member, the own acceptor included, what was decided. */
  tell(decides: readonly Decide[]): void {
    this.#options.transport.tell({ type: 'requests', sender: this.#options.credentials(), requests: decides });
    this.note(decides);
  }

  /** Tells the own acceptor alone. */
  note(decides: readonly Decide[]): void {
    this.#options.toAcceptor({ from: this.#options.self, requests: decides, respond: () => undefined });
  }

  /** Takes in what another member sent. */
  receive(message: PeerMessage, respond: Respond): void {
    const { peers } = this.#options;
    switch (message.type) {
      case 'hello':
        peers.onHello(message, respond);
        return;
      case 'requests':
        if (this.#mayAnswer(message.sender)) this.#onRequests(message.sender.member, message.requests, respond);
        return;
      case 'open':
        if (this.#mayAnswer(message.sender)) this.#onOpening(message.sender, message.opening, respond);
        return;
      case 'probe':
      case 'charge':
        if (peers.trusts(message.sender)) this.#options.onCharge(message, respond);
        return;
      case 'opened':
      case 'replies':
      case 'welcome':
      case 'refusal':
        // Answers come back to whoever asked; one that comes as a request answers nothing.
        return;
      case 'presence':
        // That is about the prefix, not between members.
        return;
    }
  }

  #mayAnswer(sender: Credentials): boolean {
    return this.#options.peers.trusts(sender) && this.#options.mayVote();
  }

  #onRequests(from: MemberId, requests: readonly Request[], respond: Respond): void {
    const { onDecides, toAcceptor, credentials } = this.#options;
    const decides = requests.filter((request) => request.type === 'decide');
    if (decides.length > 0) onDecides(decides);
    toAcceptor({
      from,
      requests,
      respond: (replies) => respond({ type: 'replies', sender: credentials(), replies }),
    });
  }

  #onOpening(sender: Credentials, opening: Opening, respond: Respond): void {
    const { taken, home, onNonsense, credentials, answerBytesMax } = this.#options;
    const { member, incarnation } = sender;
    const { ballot, writes, chosen } = opening;
    // Two members that take themselves for the home could both get a register decided.
    const isItsOwn = ballot.node === member && ballot.incarnation === incarnation;
    if (!isItsOwn || member !== home) {
      onNonsense(
        `Member ${member} opened registers, and their home is ${home}. It was not accepted, and nothing was changed: look whether all members run the same version of stele.`,
      );
      return;
    }
    for (const number of chosen) taken.choose(opening, number);
    if (writes.length === 0) return;
    this.#accept(member, opening, (opened) => {
      const fitting = opened.refusals.length === 0 ? opened : fittingOpened(opened, ballot, answerBytesMax());
      respond({ type: 'opened', sender: credentials(), opened: fitting });
    });
  }

  #accept(from: MemberId, opening: Opening, respond: (opened: Opened) => void): void {
    const { taken, toAcceptor } = this.#options;
    taken.take(opening);
    toAcceptor({
      from,
      requests: acceptsOf(opening),
      respond: (replies, commit) => {
        if (commit !== null) taken.save(opening, replies, commit);
        respond(openedOf(opening, replies));
      },
    });
  }

  /** Lets through the answers of processes that are listened to. */
  #request(message: PeerMessage, onAnswer: (from: MemberId, answer: PeerMessage) => void): () => void {
    const { transport, peers } = this.#options;
    return transport.ask(message, (answer) => {
      if (peers.trusts(answer.sender)) onAnswer(answer.sender.member, answer);
    });
  }
}
