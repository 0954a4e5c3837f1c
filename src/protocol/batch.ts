import { onRequest } from './acceptor.ts';
import type { Reply, Request } from './messages.ts';
import { type RegisterState, UNTOUCHED } from './register.ts';

/** One register's state before a batch and after it. */
export interface Change {
  readonly name: string;
  readonly before: RegisterState;
  readonly after: RegisterState;
}

export interface BatchVerdict {
  /** Registers that the batch changed. All of them are to be saved, in one commit, before any reply leaves. */
  readonly changes: readonly Change[];
  /** The replies to each message of the batch, in its order. */
  readonly replies: readonly (readonly Reply[])[];
}

/**
 * An acceptor's answer to many messages at once, each of them about many registers. The requests are taken one after the
 * other, so a batch gives the same states and replies as its requests one by one; only the save is shared.
 * @param states what is saved of the registers; one that is missing is untouched.
 */
export function onBatch(
  states: ReadonlyMap<string, RegisterState>,
  messages: readonly (readonly Request[])[],
): BatchVerdict {
  const after = new Map<string, RegisterState>();
  const replies = messages.map((requests) => {
    const answers: Reply[] = [];
    for (const request of requests) {
      const old = after.get(request.name) ?? states.get(request.name) ?? UNTOUCHED;
      const { state, reply } = onRequest(old, request);
      if (state !== old) after.set(request.name, state);
      if (reply !== null) answers.push(reply);
    }
    return answers;
  });
  const changes = Array.from(after, ([name, state]) => ({ name, before: states.get(name) ?? UNTOUCHED, after: state }));
  return { changes, replies };
}
