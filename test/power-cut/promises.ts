import type { Said } from './operations.ts';

/** What a store has promised so far, by what its processes said. */
export interface Promises {
  /** The directory has a store. */
  readonly made: boolean;
  /** The highest incarnation that was told. */
  readonly incarnation: number;
  readonly commits: number;
  readonly enrolled: boolean;
  readonly saved: readonly number[];
  /** Begun, and perhaps saved: there as a whole or not at all. */
  readonly begun: readonly number[];
}

export const NO_PROMISES: Promises = {
  made: false,
  incarnation: 0,
  commits: 0,
  enrolled: false,
  saved: [],
  begun: [],
};

export function withSaid(promises: Promises, said: Said): Promises {
  switch (said.type) {
    case 'made':
      return { ...promises, made: true };
    case 'opened':
      return { ...promises, made: true, incarnation: said.incarnation, commits: said.commits };
    case 'enrolled':
      return { ...promises, enrolled: true };
    case 'begins':
      return { ...promises, begun: [...promises.begun, said.save] };
    case 'saved':
      return { ...promises, saved: [...promises.saved, said.save] };
  }
}
