import type { Emit } from '../events.ts';
import type { Clock, Ports, Random, Store, Transport } from '../ports.ts';
import type { MemberId } from '../protocol/ballot.ts';
import type { Credentials } from '../protocol/membership.ts';
import type { Rules } from '../protocol/rules.ts';
import { newSession } from './peers/session.ts';
import type { Settings } from './settings.ts';

/** Everything that all parts of a member are given. */
export interface MemberContext {
  readonly self: MemberId;
  /** How many members there are, this one included. */
  readonly members: number;
  readonly rules: Rules;
  readonly settings: Settings;
  readonly transport: Transport;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  /** Who this process is, as of now. */
  readonly credentials: () => Credentials;
  readonly emit: Emit;
  /** Ends the member: its store failed, or a rule of the protocol was found broken. */
  readonly fail: (cause: unknown) => void;
}

/** Gives the parts of one process of a member what they stand on. */
export function newContext(
  settings: Settings,
  ports: Ports,
  rules: Rules,
  emit: Emit,
  fail: MemberContext['fail'],
): MemberContext {
  const { store, random } = ports;
  const { cluster, member, members, storeId, incarnation } = store.identity;
  const session = newSession(random);
  const credentials = () => ({ cluster, member, storeId, incarnation, session, commits: store.commits });
  return { ...ports, self: member, members: members.length, rules, settings, credentials, emit, fail };
}
