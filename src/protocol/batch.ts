import { onRequest } from './acceptor.ts';
import type { Reply, Request } from './messages.ts';
import type { Ready } from './ready.ts';
import { type RegisterState, UNTOUCHED } from './register.ts';

/** One register's state before a batch and after it. */
export interface Change {
  readonly name: string;
  readonly before: RegisterState;
  readonly after: RegisterState;
}

/** An acceptor's `Ready` for a batch: `answer` has the replies to each of its messages, in their order. */
export type AcceptorReady = Ready<never, readonly Reply[]>;

/**
 * An acceptor's answer to many messages at once, each of them about many registers. The requests are taken one after the
 * other, so a batch gives the same states and replies as its requests one by one; only the save is shared.
 * @param states what is saved of the registers; one that is missing is untouched.
 * @param answers the acceptor's rule.
 */
export function onBatch(
  states: ReadonlyMap<string, RegisterState>,
  messages: readonly (readonly Request[])[],
  answers: typeof onRequest = onRequest,
): AcceptorReady {
  const after = new Map<string, RegisterState>();
  const answer = messages.map((requests) => {
    const replies: Reply[] = [];
    for (const request of requests) {
      const old = after.get(request.name) ?? states.get(request.name) ?? UNTOUCHED;
      const { state, reply } = answers(old, request);
      if (state !== old) after.set(request.name, state);
      if (reply !== null) replies.push(reply);
    }
    return replies;
  });
  const save = Array.from(after, ([name, state]) => ({ name, before: states.get(name) ?? UNTOUCHED, after: state }));
  return { save, send: [], answer };
}
