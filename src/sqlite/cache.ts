import { LRUCache } from 'lru-cache';
import type { RegisterState } from '../protocol/register.ts';

/** A state in memory besides its name and value: its objects, two ballots, an operation id, the cache's own lists. */
const ENTRY_BYTES = 640;

/**
 * Committed states, the last used ones. It says nothing of names that are not in it: they may well be on the disk.
 */
export class StateCache {
  readonly #states: LRUCache<string, RegisterState>;

  constructor(bytesMax: number) {
    this.#states = new LRUCache({ maxSize: bytesMax });
  }

  get(name: string): RegisterState | undefined {
    return this.#states.get(name);
  }

  /** A state that is too large for the cache takes the name's former one out of it all the same. */
  set(name: string, state: RegisterState): void {
    const valueBytes = state.accepted?.proposal.value.length ?? 0;
    this.#states.set(name, withValueOfItsOwn(state), { size: ENTRY_BYTES + name.length + valueBytes });
  }
}

/** A value is often a window on a whole message; kept as such, it would keep all of the message in memory. */
function withValueOfItsOwn(state: RegisterState): RegisterState {
  const { accepted } = state;
  if (accepted === null || accepted.proposal.value.length === accepted.proposal.value.buffer.byteLength) return state;
  const { ballot, proposal } = accepted;
  return { ...state, accepted: { ballot, proposal: { opId: proposal.opId, value: new Uint8Array(proposal.value) } } };
}
