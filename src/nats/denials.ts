import type { NatsConnection } from 'nats';
import { type Denied, deniedIn } from '../contract/nats-errors.ts';
import { DEFAULT_PREFIX, subjectsOf } from '../contract/subjects.ts';
import type { MemberId } from '../protocol/ballot.ts';
import { followStatus } from './connection.ts';

/** What NATS refused a member, and what it hits. */
export interface Denial {
  /** Whether it is in the way between members. */
  readonly isBetweenMembers: boolean;
  /** The subjects of which this is one, as permissions name them. */
  readonly subjects: string;
  /** What it means, as a sentence. */
  readonly effect: string;
}

/** The subjects that a member needs, as the permissions of NATS name them. */
export function neededPermissions(prefix: string = DEFAULT_PREFIX): string {
  return `subscribe to ${prefix}.>, _${prefix}.> and $SRV.>, and publish to ${prefix}.decided.>, _${prefix}.> and the reply subjects of clients (_INBOX.> unless they choose others)`;
}

/** Tells what it hits that NATS denied an operation; undefined where it is no business of a member's. */
export function denialOf(
  { operation, subject }: Denied,
  member: MemberId,
  prefix = DEFAULT_PREFIX,
): Denial | undefined {
  const { isInternal, statusOf } = subjectsOf(prefix);
  const isService = subject.startsWith(`${prefix}.`) || subject === statusOf(member);
  if (operation === 'subscribe') {
    if (subject.startsWith('$SRV.')) {
      return denial(
        '$SRV.>',
        '"stele status" and "nats micro ls" do not see this member; clients are served all the same.',
      );
    }
    if (isService) return denial(subject, 'Clients cannot reach this member.');
    if (!isInternal(subject)) return undefined;
    const effect = 'It hears no other member: it takes no part in the cluster until NATS lets it.';
    return { isBetweenMembers: true, subjects: `_${prefix}.>`, effect };
  }
  if (subject.startsWith(`${prefix}.decided.`)) {
    const effect =
      'Decisions that this member reaches are not published, and subscribers miss them; the registers keep them.';
    return denial(`${prefix}.decided.>`, effect);
  }
  if (isInternal(subject)) {
    const effect = 'It does not reach other members: it takes no part in the cluster until NATS lets it.';
    return { isBetweenMembers: true, subjects: `_${prefix}.>`, effect };
  }
  const effect = 'Where that is the reply subject of a request, its client gets no answer, whatever came of it.';
  return denial(subject.split('.', 1)[0] === '_INBOX' ? '_INBOX.>' : subject, effect);
}

function denial(subjects: string, effect: string): Denial {
  return { isBetweenMembers: false, subjects, effect };
}

/** So many different denials are told of; a host may be denied others all day. */
const TOLD_MAX = 20;

export interface DenialsOptions {
  readonly connection: NatsConnection;
  readonly prefix?: string;
  readonly member: MemberId;
  /** Told of each denial in a sentence, once until the connection is made again. */
  readonly onDenied: (what: string) => void;
}

/** Follows what NATS does not permit a member: it says so on the connection only, and never to whoever was denied. */
export class Denials {
  readonly #options: DenialsOptions;
  readonly #told = new Set<string>();
  readonly #stop: () => void;
  #isBetweenMembers = false;

  constructor(options: DenialsOptions) {
    this.#options = options;
    this.#stop = followStatus(options.connection, (status) => {
      if (status.type === 'reconnect') this.#forget();
      const denied = status.type === 'error' ? deniedIn(status) : undefined;
      if (denied !== undefined) this.#tell(denied);
    });
  }

  /** Whether members cannot hear each other for want of a permission. */
  get isBetweenMembers(): boolean {
    return this.#isBetweenMembers;
  }

  stop(): void {
    this.#stop();
  }

  #tell(denied: Denied): void {
    const { member, prefix, onDenied } = this.#options;
    const found = denialOf(denied, member, prefix);
    if (found === undefined) return;
    const { subjects, effect, isBetweenMembers } = found;
    this.#isBetweenMembers ||= isBetweenMembers;
    const key = `${denied.operation} ${subjects}`;
    if (this.#told.has(key) || this.#told.size >= TOLD_MAX) return;
    this.#told.add(key);
    const act = denied.operation === 'publish' ? 'publish to' : 'subscribe to';
    onDenied(
      `NATS does not permit this member to ${act} ${denied.subject}. ${effect} Permit its user to ${act} ${subjects}; in all a member must be able to ${neededPermissions(prefix)}.`,
    );
  }

  #forget(): void {
    this.#told.clear();
    this.#isBetweenMembers = false;
  }
}
