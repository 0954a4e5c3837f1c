/** A rule of the protocol was found broken: a bug in stele or a store that changed under it, never the caller's doing. */
export class InvariantError extends Error {
  readonly code = 'STELE_INVARIANT';
  override readonly name = 'InvariantError';
}

/**
 * Stops on what must never be. These checks stay on in production: a member that has lost its mind must not vote.
 * @throws InvariantError when `holds` is false.
 */
export function invariant(holds: boolean, what: string): asserts holds {
  if (!holds)
    throw new InvariantError(`${what}. This is a bug: the member stops rather than answer on it; please report it.`);
}

/** Marks the end of a switch over a tag: the compiler proves that no case is missing. */
export function unreachable(value: never): never {
  throw new InvariantError(`A tag that no case handles: ${JSON.stringify(value)}`);
}
