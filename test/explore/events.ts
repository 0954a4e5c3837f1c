import type { HomeMove } from './home-moves.ts';

/** One thing that happens. Acceptors and actors are named by their place in the state. */
export type Event =
  | { readonly type: 'deliver'; readonly acceptor: number; readonly sent: number }
  | { readonly type: 'save' | 'restart acceptor' | 'lose disk'; readonly acceptor: number }
  | { readonly type: 'ask' | 'hear' | HomeMove['type']; readonly actor: number };

/** What is told of each event: the next state, in a buffer that is used again, or a rule that the code found broken. */
export interface Visitor {
  next(state: Int32Array, event: Event): void;
  broken(what: string, event: Event): void;
}
