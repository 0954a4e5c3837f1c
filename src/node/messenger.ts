import type { Job } from '../machines/acceptor.ts';
import type { PeerMessage, Respond, Transport } from '../ports.ts';
import type { MemberId } from '../protocol/ballot.ts';
import type { Credentials } from '../protocol/membership.ts';
import type { Decide, Reply, Request } from '../protocol/messages.ts';
import type { Peers } from './peers.ts';

export interface MessengerOptions {
  readonly self: MemberId;
  readonly members: readonly MemberId[];
  readonly transport: Transport;
  readonly peers: Peers;
  readonly credentials: () => Credentials;
  /**
   * Whether the own acceptor may answer other members: once a majority listens to this one. An old copy that saved before it
   * is let in would come nearer, start by start, to what it is a copy of.
   */
  readonly mayVote: () => boolean;
  /** Hands a message to the own acceptor. */
  readonly toAcceptor: (job: Job) => void;
  /** Told the decisions that another member sends. */
  readonly onDecides: (decides: readonly Decide[]) => void;
}

/** Carries requests and replies between the parts of this member and the other members that it listens to. */
export class Messenger {
  readonly #options: MessengerOptions;
  readonly #others: readonly MemberId[];

  constructor(options: MessengerOptions) {
    this.#options = options;
    this.#others = options.members.filter((member) => member !== options.self);
  }

  /**
   * Asks every member, the own acceptor included. Replies of processes that are not listened to are dropped.
   * @returns a function that stops listening.
   */
  ask(requests: readonly Request[], onReplies: (from: MemberId, replies: readonly Reply[]) => void): () => void {
    const { self, transport, peers, toAcceptor } = this.#options;
    const message: PeerMessage = { type: 'requests', sender: this.#options.credentials(), requests };
    const stops = this.#others.map((to) =>
      transport.request(to, message, (answer) => {
        if (answer.type !== 'replies' || answer.sender.member !== to || !peers.trusts(answer.sender)) return;
        onReplies(to, answer.replies);
      }),
    );
    let listening = true;
    toAcceptor({ from: self, requests, respond: (replies) => listening && onReplies(self, replies) });
    return () => {
      listening = false;
      for (const stop of stops) stop();
    };
  }

  /** Tells every member, the own acceptor included, what was decided. */
  tell(decides: readonly Decide[]): void {
    const sender = this.#options.credentials();
    for (const to of this.#others) this.#options.transport.send(to, { type: 'requests', sender, requests: decides });
    this.note(decides);
  }

  /** Tells the own acceptor alone. */
  note(decides: readonly Decide[]): void {
    this.#options.toAcceptor({ from: this.#options.self, requests: decides, respond: () => undefined });
  }

  /** Takes in what another member sent. */
  receive(message: PeerMessage, respond: Respond): void {
    const { peers, toAcceptor, onDecides, credentials } = this.#options;
    switch (message.type) {
      case 'hello':
        peers.onHello(message.hello, respond);
        return;
      case 'requests': {
        if (!peers.trusts(message.sender) || !this.#options.mayVote()) return;
        const { requests, sender } = message;
        const decides = requests.filter((request) => request.type === 'decide');
        if (decides.length > 0) onDecides(decides);
        const answer = (replies: readonly Reply[]) => respond({ type: 'replies', sender: credentials(), replies });
        toAcceptor({ from: sender.member, requests, respond: answer });
        return;
      }
      case 'replies':
      case 'welcome':
      case 'refusal':
        // Answers come back to whoever asked; one that comes as a request answers nothing.
        return;
    }
  }
}
