import type { ReadResult, WriteResult } from '../../src/contract/outcomes.ts';
import { Member } from '../../src/node/member.ts';
import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import type { PeerMessage, Respond, Transport } from '../../src/ports.ts';
import { proposal } from '../support/paxos.ts';
import { ManualClock } from './manual-clock.ts';
import { MemoryStore } from './memory-store.ts';

/** How long a message takes. */
const CARRY_MS = 1;

type Handler = (message: PeerMessage, respond: Respond) => void;

/** Some members in one process, n1 and so on, on a clock that the test moves. */
export class Cluster {
  readonly clock = new ManualClock();
  readonly stores = new Map<string, MemoryStore>();
  /** Everything that was sent between members, by its type. */
  readonly sent: (readonly [from: string, to: string, type: PeerMessage['type']])[] = [];
  readonly #members = new Map<string, Member>();
  readonly #handlers = new Map<string, Handler>();
  readonly #silenced = new Set<string>();
  readonly #names: readonly string[];
  #sessions = 0;

  constructor(members = 3) {
    this.#names = Array.from({ length: members }, (_, index) => `n${index + 1}`);
  }

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
    await this.clock.pass(DEFAULT_SETTINGS.joinListenMs + 100);
  }

  /** Nothing reaches it, and nothing leaves it, from now on. */
  silence(member: string): void {
    this.#silenced.add(member);
  }

  unsilence(member: string): void {
    this.#silenced.delete(member);
  }

  /** Those that take the clients' writes. */
  get inCharge(): readonly string[] {
    return this.#names.filter((name) => this.#members.get(name)?.status().takesWrites);
  }

  /** The members that were let in and have not left. */
  get serving(): readonly string[] {
    return this.#names.filter((name) => this.#members.get(name)?.status().state === 'serving');
  }

  /** Has one leave in good order: others take its writes, it finishes what is under way, and is no more. */
  leave(name: string): { hasLeft: boolean } {
    const leaving = { hasLeft: false };
    const member = this.#members.get(name);
    void member
      ?.leaveWrites()
      .then(() => member.drain())
      .then(() => {
        leaving.hasLeft = true;
      });
    return leaving;
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
    const askOne = (to: string, message: PeerMessage, onAnswer: (answer: PeerMessage) => void) => {
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
    const askAll = (names: readonly string[], message: PeerMessage, onAnswer: (answer: PeerMessage) => void) => {
      const stops = names.map((to) => askOne(to, message, onAnswer));
      return () => {
        for (const stop of stops) stop();
      };
    };
    const others = this.#names.filter((name) => name !== self);
    return {
      payloadBytesMax: 1_048_576,
      serve: (handler) => this.#handlers.set(self, handler),
      tell: (message) => void askAll(others, message, () => undefined),
      ask: (message, onAnswer) => askAll(others, message, onAnswer),
      askOne,
      announce: (message, onAnswer) => askAll(this.#names, message, onAnswer),
    };
  }

  #carry(from: string, to: string, message: PeerMessage, deliver: (message: PeerMessage) => void): void {
    this.sent.push([from, to, message.type]);
    this.clock.setTimeout(() => {
      if (!this.#silenced.has(from) && !this.#silenced.has(to)) deliver(message);
    }, CARRY_MS);
  }
}
