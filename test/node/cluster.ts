import { Member } from '../../src/node/member.ts';
import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import type { ReadResult, WriteResult } from '../../src/outcomes.ts';
import type { PeerMessage, Respond, Store, Transport } from '../../src/ports.ts';
import type { Change } from '../../src/protocol/batch.ts';
import { homesOf } from '../../src/protocol/home.ts';
import type { RegisterState } from '../../src/protocol/register.ts';
import { proposal } from '../support/sample.ts';
import { ManualClock } from './manual-clock.ts';

/** How long a message takes. */
const CARRY_MS = 1;

type Handler = (message: PeerMessage, respond: Respond) => void;

/** A store in memory that is as quick as can be. */
class MemoryStore implements Store {
  readonly identity: Store['identity'];
  readonly peers = new Map();
  readonly registersHeld = new Map<string, RegisterState>();
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

  async load(names: readonly string[]): Promise<ReadonlyMap<string, RegisterState>> {
    return new Map([...this.registersHeld].filter(([name]) => names.includes(name)));
  }

  async save(changes: readonly Change[]): Promise<number> {
    for (const { name, after } of changes) this.registersHeld.set(name, after);
    this.commits += 1;
    return this.commits;
  }

  noteDecided(_: number, names: readonly string[]): void {
    this.noted.push(...names);
  }

  async savePeer(): Promise<void> {}
  notePeerCommits(): void {}
  async close(): Promise<void> {}
}

/** Three members in one process, on a clock that the test moves. */
export class Cluster {
  readonly clock = new ManualClock();
  readonly stores = new Map<string, MemoryStore>();
  /** Everything that was sent between members, by its type. */
  readonly sent: (readonly [from: string, to: string, type: PeerMessage['type']])[] = [];
  readonly #members = new Map<string, Member>();
  readonly #handlers = new Map<string, Handler>();
  readonly #silenced = new Set<string>();
  readonly #names = ['n1', 'n2', 'n3'];
  #sessions = 0;

  /** Starts them all, and waits until they serve. */
  async start(): Promise<void> {
    for (const name of this.#names) {
      const store = new MemoryStore(name, this.#names);
      this.stores.set(name, store);
      const random = () => {
        this.#sessions += 1;
        return (this.#sessions % 97) / 97;
      };
      const ports = { store, transport: this.#transportOf(name), clock: this.clock, random };
      this.#members.set(name, new Member(DEFAULT_SETTINGS, ports));
    }
    for (const member of this.#members.values()) member.start();
    await this.clock.pass(100);
  }

  /** Nothing reaches it, and nothing leaves it, from now on. */
  silence(member: string): void {
    this.#silenced.add(member);
  }

  /** So many names whose home that member is. */
  namesAt(home: string, count: number): string[] {
    const homeOf = homesOf(this.#names);
    const names: string[] = [];
    for (let index = 0; names.length < count; index += 1) if (homeOf(`r.${index}`) === home) names.push(`r.${index}`);
    return names;
  }

  /** Writes at one member; `tookMs` is how long it took by the clock, once it is there. */
  write(at: string, name: string, value: string): { result?: WriteResult; tookMs?: number } {
    const begunMs = this.clock.now();
    const answer: { result?: WriteResult; tookMs?: number } = {};
    this.#members.get(at)?.write(name, proposal(value), (result) => {
      answer.result = result;
      answer.tookMs = this.clock.now() - begunMs;
    });
    return answer;
  }

  read(at: string, name: string): { result?: ReadResult } {
    const answer: { result?: ReadResult } = {};
    this.#members.get(at)?.read(name, (result) => {
      answer.result = result;
    });
    return answer;
  }

  #transportOf(self: string): Transport {
    const request: Transport['request'] = (to, message, onAnswer) => {
      let listening = true;
      this.#carry(self, to, message, (arrived) => {
        this.#handlers.get(to)?.(arrived, (answer) => {
          this.#carry(to, self, answer, (heard) => listening && onAnswer(heard));
        });
      });
      return () => {
        listening = false;
      };
    };
    return {
      payloadBytesMax: 1_048_576,
      serve: (handler) => this.#handlers.set(self, handler),
      send: (to, message) => void request(to, message, () => undefined),
      request,
    };
  }

  #carry(from: string, to: string, message: PeerMessage, deliver: (message: PeerMessage) => void): void {
    this.sent.push([from, to, message.type]);
    this.clock.setTimeout(() => {
      if (!this.#silenced.has(from) && !this.#silenced.has(to)) deliver(message);
    }, CARRY_MS);
  }
}
