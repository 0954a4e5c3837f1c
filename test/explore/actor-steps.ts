import type { Request } from '../../src/protocol/messages.ts';
import type { Decision } from '../../src/protocol/register.ts';
import type { Delivery } from './hearing.ts';
import { keyOfProposal, keyOfSent } from './keys.ts';
import { type ActorRecord, NAME, type WorldSpec } from './world.ts';

/** What a writer or reader becomes, and what it heard that made it so. */
export interface ActorStep {
  readonly next: ActorRecord;
  readonly deliveries: readonly Delivery[];
}

/** What it sends is on the network from then on. */
export function sending(record: ActorRecord, request: Request): ActorRecord {
  const sent = { from: record.spec.name, request };
  const key = keyOfSent(sent);
  if (record.sent.some((one) => keyOfSent(one) === key)) return record;
  return { ...record, sent: [...record.sent, sent].sort((a, b) => (keyOfSent(a) < keyOfSent(b) ? -1 : 1)) };
}

/** It takes this as decided, and tells the acceptors where the world has it so. */
export function deciding(record: ActorRecord, decision: Decision, world: WorldSpec): ActorRecord {
  const known = record.concluded.some(({ proposal }) => keyOfProposal(proposal) === keyOfProposal(decision.proposal));
  const concluded = known ? record.concluded : [...record.concluded, decision];
  // What a reader's answer is compared with when it is empty; this one is not.
  const done: ActorRecord = { ...record, status: { type: 'done' }, concluded, chosenBefore: null };
  return world.decides && record.spec.value !== null ? sending(done, { type: 'decide', name: NAME, decision }) : done;
}
