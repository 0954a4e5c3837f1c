import type { MemberId } from '../protocol/ballot.ts';
import { BadInputError } from './errors.ts';
import { problemWithPrefix } from './names.ts';

export const DEFAULT_PREFIX = 'register';

/** The name of the NATS service, whatever the prefix: what `$SRV.PING.register` and `nats micro ls` show. */
export const SERVICE_NAME = 'register';

/** Every subject that stele speaks on, for one prefix. Clients need none of those that begin with `_`. */
export interface Subjects {
  readonly prefix: string;
  /** Envelope form. */
  readonly write: string;
  readonly read: string;
  /** Subject form, all registers. */
  readonly writes: string;
  readonly reads: string;
  writeOf(name: string): string;
  readOf(name: string): string;
  /** Decisions on one register, or on those that a pattern of NATS wildcards fits. */
  decidedOf(nameOrPattern: string): string;
  /** The register that a subject of the subject form or of a decision speaks of. */
  nameIn(subject: string): string;
  /** The subject of messages to one member; `*` for all kinds. */
  toMember(member: MemberId, kind: string): string;
  /** The subject of a member's messages to everyone else of its cluster; `*` for all kinds. */
  fromMember(member: MemberId, kind: string): string;
  /** The subject of messages to every process on the prefix. */
  readonly presence: string;
  /** The queue group in which members share requests. */
  readonly queue: string;
  /** `Nats-Msg-Id` of a register's decision. */
  messageIdOf(name: string): string;
  /** Where a member says how it is, whether or not it takes requests. */
  statusOf(member: MemberId): string;
  /** Where one process of a member is answered; `*` for all of its requests. */
  replyTo(member: MemberId, session: string, request: number | '*'): string;
  /** Whether a subject is one that the service or a member listens on. */
  isOwn(subject: string): boolean;
  /** Whether a subject is one that members talk to each other on. */
  isInternal(subject: string): boolean;
}

/** @throws BadInputError for a prefix that cannot be one. */
export function subjectsOf(prefix: string = DEFAULT_PREFIX): Subjects {
  const problem = problemWithPrefix(prefix);
  if (problem !== undefined) throw new BadInputError(problem);
  const write = `${prefix}.write`;
  const read = `${prefix}.read`;
  const internal = `_${prefix}.`;
  return {
    prefix,
    write,
    read,
    writes: `${write}.>`,
    reads: `${read}.>`,
    writeOf: (name) => `${write}.${name}`,
    readOf: (name) => `${read}.${name}`,
    decidedOf: (nameOrPattern) => `${prefix}.decided.${nameOrPattern}`,
    // All three are one token after the prefix.
    nameIn: (subject) => subject.slice(subject.indexOf('.', prefix.length + 1) + 1),
    // No member's id has an @.
    presence: `${internal}@.presence`,
    queue: prefix,
    // One stream may take the decisions of several clusters. No name has a colon, so no two ids are the same.
    messageIdOf: (name) => (prefix === DEFAULT_PREFIX ? name : `${prefix}:${name}`),
    toMember: (member, kind) => `${internal}${member}.${kind}`,
    // One token more than presence has.
    fromMember: (member, kind) => `${internal}@.${member}.${kind}`,
    statusOf: (member) => `${internal}${member}.status.get`,
    replyTo: (member, session, request) => `${internal}${member}.reply.${session}.${request}`,
    isOwn: (subject) => subject.startsWith(`${prefix}.`) || subject.startsWith(internal),
    isInternal: (subject) => subject.startsWith(internal),
  };
}
