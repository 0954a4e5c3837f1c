import type { Job } from '../machines/acceptor.ts';
import type { PeerMessage, Respond, Transport } from '../ports.ts';
import type { Ballot, MemberId } from '../protocol/ballot.ts';
import type { Credentials } from '../protocol/membership.ts';
import type { Decide, Handover, Opened, Opening, Reply, Request, Settled } from '../protocol/messages.ts';
import { acceptsOf, openedOf, openingBallot } from '../protocol/opening.ts';
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
  readonly members: readonly MemberId[];
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
  /** Given what another member hands over, and how to answer it. */
  readonly onHandover: (from: MemberId, handover: Handover, answer: (settled: Settled) => void) => void;
  /** Told of what no member should send; a sentence. */
  readonly onNonsense: (what: string) => void;
}

/** Carries requests and replies between the parts of this member and the other members that it listens to. */
export class Messenger {
  readonly #options: MessengerOptions;
  readonly #others: readonly MemberId[];

  constructor(options: MessengerOptions) {
    this.#options = options;
    this.#others = options.members.filter((member) => member !== options.self);
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

  /** Asks every member to accept an opening: see `AskToOpen`. */
  open(
    opening: Opening,
    toldOfVote: readonly MemberId[] | null,
    onOpened: (from: MemberId, opened: Opened) => void,
    onSaved: () => void,
  ): () => void {
    const { self, transport, credentials } = this.#options;
    let stop = () => {};
    const askOthers = (asked: Opening) => {
      stop = this.#request({ type: 'open', sender: credentials(), opening: asked }, (from, answer) => {
        if (answer.type === 'opened') onOpened(from, answer.opened);
      });
    };
    if (toldOfVote !== null) askOthers(opening);
    let listening = true;
    this.#accept(self, opening, (opened) => {
      onSaved();
      const isVoted = opened.refusals.length === 0;
      if (toldOfVote === null && listening) askOthers({ ...opening, isVoted });
      for (const to of toldOfVote ?? []) transport.send(to, { type: 'opened', sender: credentials(), opened });
      if (listening) onOpened(self, opened);
    });
    return () => {
      listening = false;
      stop();
    };
  }

  /** Tells the other members which openings were chosen. */
  tellNews(opening: Opening): void {
    this.#send({ type: 'open', sender: this.#options.credentials(), opening });
  }

  /** Hands writes over to their home: see `HandOver`. */
  handOver(
    home: MemberId,
    handover: Handover,
    onSettled: (settled: Settled, ballot: Ballot) => void,
    onNobody: () => void,
  ): () => void {
    const message: PeerMessage = { type: 'handover', sender: this.#options.credentials(), handover };
    const onAnswer = (answer: PeerMessage) => {
      if (answer.type !== 'settled') return;
      onSettled(answer.settled, openingBallot(home, answer.sender.incarnation));
    };
    return this.#options.transport.request(home, message, this.#trusted(home, onAnswer), onNobody);
  }

  /** Tells every member, the own acceptor included, what was decided. */
  tell(decides: readonly Decide[]): void {
    this.#send({ type: 'requests', sender: this.#options.credentials(), requests: decides });
    this.note(decides);
  }

  /** Tells the own acceptor alone. */
  note(decides: readonly Decide[]): void {
    this.#options.toAcceptor({ from: this.#options.self, requests: decides, respond: () => undefined });
  }

  /** Takes in what another member sent. */
  receive(message: PeerMessage, respond: Respond): void {
    const { peers, credentials } = this.#options;
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
      case 'handover':
        if (!peers.trusts(message.sender)) return;
        this.#options.onHandover(message.sender.member, message.handover, (settled) =>
          respond({ type: 'settled', sender: credentials(), settled }),
        );
        return;
      case 'opened':
        if (peers.trusts(message.sender)) this.#onHomeVote(message.sender, message.opened);
        return;
      case 'replies':
      case 'settled':
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

  /** The home of an opening says what its own acceptor made of it. */
  #onHomeVote({ member, incarnation }: Credentials, opened: Opened): void {
    this.#options.taken.vote({ ballot: openingBallot(member, incarnation) }, opened);
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

  #request(message: PeerMessage, onAnswer: (from: MemberId, answer: PeerMessage) => void): () => void {
    const stops = this.#others.map((to) =>
      this.#options.transport.request(
        to,
        message,
        this.#trusted(to, (answer) => onAnswer(to, answer)),
      ),
    );
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** Lets through what comes from the very process that was asked. */
  #trusted(from: MemberId, onAnswer: (answer: PeerMessage) => void): (answer: PeerMessage) => void {
    return (answer) => {
      if (answer.sender.member === from && this.#options.peers.trusts(answer.sender)) onAnswer(answer);
    };
  }

  #send(message: PeerMessage): void {
    for (const to of this.#others) this.#options.transport.send(to, message);
  }
}
