import { setTimeout as sleep } from 'node:timers/promises';
import type { NatsConnection } from 'nats';
import type { Dice } from '../simulation/dice.ts';
import type { WriteCall } from '../simulation/history/history.ts';
import { type Proposed, propose } from './proposals.ts';
import type { Recorder } from './recorder.ts';
import type { Registers } from './registers.ts';
import { readBatch, readBySubject, readOutcome, writeBatch, writeBySubject, writeOutcome } from './requests.ts';

export interface ClientOptions {
  readonly name: string;
  readonly nats: NatsConnection;
  readonly dice: Dice;
  readonly registers: Registers;
  readonly recorder: Recorder;
}

/** A member settles within a second and a half, or says that it cannot. */
const PATIENCE_MS = 2_500;
const TRIES_MAX = 4;

/** One caller of the service: it asks one thing at a time, waits only so long, and retries as callers do. */
export class Client {
  readonly #options: ClientOptions;
  #operations = 0;
  #serial = 0;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** Works until it is told to stop; returns when its last operation has its answer, or was given up. */
  async work(isOver: () => boolean): Promise<void> {
    const { dice, registers } = this.#options;
    while (!isOver()) {
      await sleep(dice.between(0, 40));
      const kind = dice.next();
      if (kind < 0.3) await this.read(registers.pick(), this.#patienceMs());
      else if (kind < 0.38) await this.#readMany(registers.pickMany(8));
      else if (kind < 0.46) await this.#writeMany(registers.pickMany(8));
      else await this.#writeOne(registers.pick());
    }
  }

  async read(register: string, patienceMs: number) {
    const { nats, recorder, name } = this.#options;
    const call = recorder.beginRead(name, register);
    const answer = await readBySubject(nats, register, patienceMs);
    return recorder.end(call, readOutcome(answer), answer.seen);
  }

  async write(register: string, proposed: Proposed, patienceMs: number): Promise<WriteCall> {
    const { nats, recorder, name } = this.#options;
    const call = recorder.beginWrite(name, register, proposed.proposal);
    const answer = await writeBySubject(nats, register, proposed, patienceMs);
    return recorder.end(call, writeOutcome(answer), answer.seen);
  }

  /** Writes; what is left unknown is tried again with the same operation id, given up, or followed by another operation. */
  async #writeOne(register: string): Promise<void> {
    const { dice } = this.#options;
    let proposed = this.#propose();
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      const { outcome } = await this.write(register, proposed, this.#patienceMs());
      const isRepeat = outcome === 'won' && dice.chance(0.1);
      if (outcome !== 'unknown' && outcome !== 'refused' && !isRepeat) return;
      const next = dice.next();
      if (next < 0.2) return;
      if (next < 0.4) proposed = this.#propose();
      await sleep(dice.between(0, 200));
    }
  }

  async #readMany(names: readonly string[]): Promise<void> {
    const { nats, recorder, name } = this.#options;
    const calls = names.map((register) => recorder.beginRead(name, register));
    const answers = await readBatch(nats, names, this.#patienceMs());
    for (const [index, answer] of answers.entries()) {
      const call = calls[index];
      if (call !== undefined) recorder.end(call, readOutcome(answer), answer.seen);
    }
  }

  async #writeMany(names: readonly string[]): Promise<void> {
    const { nats, recorder, name: client } = this.#options;
    const writes = names.map((name) => ({ name, ...this.#propose() }));
    const calls = writes.map(({ name, proposal }) => recorder.beginWrite(client, name, proposal));
    const answers = await writeBatch(nats, writes, this.#patienceMs());
    for (const [index, answer] of answers.entries()) {
      const call = calls[index];
      if (call !== undefined) recorder.end(call, writeOutcome(answer), answer.seen);
    }
  }

  #propose(): Proposed {
    const { dice, name } = this.#options;
    // Now and then an operation id comes back with other bytes, which makes it another proposal.
    if (!dice.chance(0.03)) this.#operations += 1;
    this.#serial += 1;
    const fillerBytes = dice.chance(0.03) ? dice.below(20_000) : dice.below(40);
    return propose(`${name}-${this.#operations}`, this.#serial, fillerBytes);
  }

  #patienceMs(): number {
    const { dice } = this.#options;
    return dice.chance(0.1) ? dice.between(5, 300) : PATIENCE_MS;
  }
}
