import type { MemberId } from './protocol/ballot.ts';
import type { Refusal } from './protocol/membership.ts';
import type { Opening, Reply, Request } from './protocol/messages.ts';
import type { Decision } from './protocol/register.ts';

/** The life cycle of a member. */
export type MemberState = 'joining' | 'serving' | 'draining' | 'stopped' | 'failed';

/**
 * Everything that a member says about itself: one stream, of which logs, metrics, `stele status` and decisions on NATS are
 * all subscribers. Batches are handed over whole. Values are the member's own bytes, not copies: a listener must not change
 * what it is given, and copies what it keeps and changes.
 */
export type MemberEvent =
  /** The member moved on in its life; `reason` where it did so against its will. */
  | { readonly type: 'state'; readonly state: MemberState; readonly reason?: string }
  /** Its proposer or reader asked the members: prepares, accepts or queries. */
  | { readonly type: 'asked'; readonly requests: readonly Request[] }
  /** It opened registers that it is the home of: asked all members to accept, in round 0. */
  | { readonly type: 'opening'; readonly opening: Opening }
  /** Its acceptor answered, after all that the answers rest on was saved. */
  | { readonly type: 'answered'; readonly to: MemberId; readonly replies: readonly Reply[] }
  /** Its acceptor finished a commit. */
  | { readonly type: 'committed'; readonly registers: number; readonly tookMs: number }
  /** Its acceptor let requests go unanswered, because too many wait already. */
  | { readonly type: 'overloaded'; readonly requests: number }
  /** Its proposer got a register decided. */
  | { readonly type: 'decided'; readonly name: string; readonly decision: Decision }
  /** It takes the clients' writes from now on, or no longer does. */
  | { readonly type: 'charge'; readonly takesWrites: boolean }
  /** A peer was heard for the first time, or again after it had been silent. */
  | { readonly type: 'peer-up'; readonly member: MemberId; readonly incarnation: number }
  /** A peer has been silent for longer than it should. */
  | { readonly type: 'peer-down'; readonly member: MemberId; readonly silentMs: number }
  /** Something was dropped that could not be read or sent; `what` is a sentence. Nothing that was decided is lost by it. */
  | { readonly type: 'trouble'; readonly what: string }
  /** Another cluster serves on the prefix, so this member refuses all requests; `clash` is a sentence, null once that is over. */
  | { readonly type: 'clash'; readonly clash: string | null }
  /** A process is not to be listened to: what it says is dropped. Told once a process. */
  | { readonly type: 'peer-refused'; readonly member: MemberId; readonly refusal: Refusal };

/**
 * Told of events, one after the other, the present state first. What it throws, or rejects with, changes nothing for the
 * member: the other listeners are told of it as `trouble`, once. It is called in the member's own turn, so it should be quick.
 */
export type Listener = (event: MemberEvent) => void;
export type Emit = (event: MemberEvent) => void;
