import type { NatsConnection } from 'nats';
import type { Dice } from '../simulation/dice.ts';
import { Client } from './client.ts';
import { seenIn } from './proposals.ts';
import type { Recorder } from './recorder.ts';
import type { Registers } from './registers.ts';

export interface LoadOptions {
  /** Each client's way to NATS; several share one. */
  readonly connections: readonly NatsConnection[];
  readonly clientsEach: number;
  readonly dice: Dice;
  readonly registers: Registers;
  readonly recorder: Recorder;
}

/** Clients that read and write all along. @returns what ends them, and waits until all have their last answer. */
export function startLoad({ connections, clientsEach, dice, registers, recorder }: LoadOptions): () => Promise<void> {
  let isOver = false;
  const working = connections.flatMap((nats, connection) =>
    Array.from({ length: clientsEach }, (_, index) => {
      const name = `c${connection + 1}-${index + 1}`;
      return new Client({ name, nats, dice: dice.fork(), registers, recorder }).work(() => isOver);
    }),
  );
  const ended = Promise.all(working);
  return async () => {
    isOver = true;
    await ended;
  };
}

/** Writes down every decision that is published, as one subscriber hears of it. */
export function recordDecisions(nats: NatsConnection, recorder: Recorder): void {
  const prefix = 'register.decided.';
  nats.subscribe(`${prefix}>`, {
    callback: (_, { subject, data, headers }) => {
      const { opId, value } = seenIn(data);
      // The header says whose operation it was: another than the value's own would be a proposal that nobody made.
      const published = headers?.get('Register-Op-Id') ?? opId;
      const ballot = headers?.get('Register-Ballot') ?? 'no ballot';
      recorder.publish(ballot, subject.slice(prefix.length), { opId: published, value });
    },
  });
}
