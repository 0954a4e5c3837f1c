import type { MemberState } from '../../events.ts';
import type { PeerMessage, Respond } from '../../ports.ts';
import type { MemberId } from '../../protocol/ballot.ts';
import type { Credentials } from '../../protocol/membership.ts';
import type { Opened, Request } from '../../protocol/messages.ts';
import type { MemberContext } from '../context.ts';
import { batchBytesMaxOf, fittingOpened } from '../limits.ts';
import type { Acceptor } from '../roles/acceptor.ts';
import type { InCharge } from '../roles/in-charge.ts';
import type { Learning } from '../roles/learning.ts';
import type { Peers } from './peers.ts';
import type { Presence } from './presence.ts';

/** The parts of a member that hear others. */
export interface Hearers {
  readonly peers: Peers;
  readonly presence: Presence;
  readonly acceptor: Acceptor;
  readonly learning: Learning;
  readonly inCharge: InCharge;
}

/** The member itself, by its state. */
interface Stateful {
  readonly state: MemberState;
}

/** Brings what other processes send to the part of this member that it is for, if it comes from whom it should. */
export class Router {
  readonly #context: MemberContext;
  readonly #hearers: Hearers;
  readonly #home: MemberId | undefined;
  readonly #member: Stateful;

  /** @param home see `succession`. */
  constructor(context: MemberContext, hearers: Hearers, home: MemberId | undefined, member: Stateful) {
    this.#context = context;
    this.#hearers = hearers;
    this.#home = home;
    this.#member = member;
  }

  receive(message: PeerMessage, respond: Respond): void {
    const { peers, presence, inCharge } = this.#hearers;
    switch (message.type) {
      case 'presence':
        presence.hear(message, respond);
        return;
      case 'hello':
        peers.onHello(message, respond);
        return;
      case 'requests':
        if (this.#mayAnswer(message.sender)) this.#onRequests(message.sender.member, message.requests, respond);
        return;
      case 'open':
        if (this.#mayAnswer(message.sender)) this.#onOpening(message, respond);
        return;
      case 'probe':
      case 'charge':
        if (peers.trusts(message.sender)) inCharge.hear(message, respond);
        return;
      case 'opened':
      case 'replies':
      case 'welcome':
      case 'refusal':
        // Answers come back to whoever asked; one that comes as a request answers nothing.
        return;
    }
  }

  #mayAnswer(sender: Credentials): boolean {
    const { rules, store } = this.#context;
    return this.#hearers.peers.trusts(sender) && rules.mayVote(store.enrolled, this.#member.state !== 'joining');
  }

  #onRequests(from: MemberId, requests: readonly Request[], respond: Respond): void {
    const { acceptor, learning } = this.#hearers;
    const decides = requests.filter((request) => request.type === 'decide');
    if (decides.length > 0) learning.learn(decides);
    acceptor.ask({
      from,
      requests,
      respond: (replies) => respond({ type: 'replies', sender: this.#context.credentials(), replies }),
    });
  }

  #onOpening({ sender, opening, awaited }: Extract<PeerMessage, { type: 'open' }>, respond: Respond): void {
    const { acceptor, learning } = this.#hearers;
    const { self, rules, settings, transport, emit } = this.#context;
    if (!rules.isFromHome(opening, sender, this.#home)) {
      const what = `Member ${sender.member} opened registers, and their home is ${this.#home}. It was not accepted, and nothing was changed: look whether all members run the same version of stele.`;
      emit({ type: 'trouble', what });
      return;
    }
    learning.onNews(opening);
    if (opening.writes.length === 0) return;
    const answer = (opened: Opened) => {
      const fitting = fittingOpened(opened, opening.ballot, batchBytesMaxOf(settings, transport));
      respond({ type: 'opened', sender: this.#context.credentials(), opened: fitting });
    };
    acceptor.open(sender.member, opening, answer, awaited.length > 0 && !awaited.includes(self));
  }
}
