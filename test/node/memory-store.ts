import type { Store } from '../../src/ports.ts';
import type { Change } from '../../src/protocol/batch.ts';
import type { PeerRecord } from '../../src/protocol/membership.ts';
import type { Decision, RegisterState } from '../../src/protocol/register.ts';

/** A store in memory that is as quick as can be. */
export class MemoryStore implements Store {
  readonly identity: Store['identity'];
  readonly peers = new Map<string, PeerRecord>();
  readonly registersHeld = new Map<string, RegisterState>();
  /** Registers that were marked as decided, in that order. */
  readonly noted: string[] = [];
  enrolled = false;
  commits = 0;

  constructor(member: string, members: readonly string[]) {
    this.identity = { cluster: 'c', member, members, storeId: `disk-of-${member}`, incarnation: 1 };
  }

  get registers(): number {
    return this.registersHeld.size;
  }

  async enrol(): Promise<void> {
    this.enrolled = true;
  }

  recall(name: string): Decision | undefined {
    const state = this.registersHeld.get(name);
    return state?.decided ? (state.accepted ?? undefined) : undefined;
  }

  /** Like that of SQLite it speaks at once of what it never saved only. */
  find(names: readonly string[]): ReadonlyMap<string, RegisterState> | undefined {
    return names.some((name) => this.registersHeld.has(name)) ? undefined : new Map();
  }

  async load(names: readonly string[]): Promise<ReadonlyMap<string, RegisterState>> {
    return new Map([...this.registersHeld].filter(([name]) => names.includes(name)));
  }

  async save(changes: readonly Change[]): Promise<void> {
    this.commits += 1;
    for (const { name, after } of changes) this.registersHeld.set(name, after);
  }

  markDecided(names: readonly string[]): void {
    for (const name of names) {
      const state = this.registersHeld.get(name);
      if (state === undefined) continue;
      this.registersHeld.set(name, { ...state, decided: true });
      this.noted.push(name);
    }
  }

  async savePeer(): Promise<void> {}
  notePeerCommits(_member: string, _commits: number): void {}
  async flushPeers(): Promise<void> {}
  async close(): Promise<void> {}
}
