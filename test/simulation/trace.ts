import type { PeerMessage } from '../../src/ports.ts';
import { type Ballot, formatBallot } from '../../src/protocol/ballot.ts';
import type { Change } from '../../src/protocol/batch.ts';
import type { Reply, Request, Write } from '../../src/protocol/messages.ts';
import type { Accepted, RegisterState } from '../../src/protocol/register.ts';

/** What a line of the trace is about: members and disks, one register, or a message or commit about many. */
type Subject = { readonly name: string | null } | PeerMessage | readonly Change[];

interface Line {
  readonly atMs: number;
  readonly what: string;
  readonly subject: Subject;
}

const EVERYTHING: Subject = { name: null };

/** Everything that happened in a run, in order. Its lines are put into words only when somebody reads them. */
export class Trace {
  readonly #lines: Line[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  note(what: string, subject: Subject = EVERYTHING): void {
    this.#lines.push({ atMs: this.#now(), what, subject });
  }

  /** The lines as text; of a register, the ones about it and the faults around it. */
  *text(register?: string): Generator<string> {
    for (const { atMs, what, subject } of this.#lines) {
      const details = describe(subject, register);
      if (details !== undefined) yield `${atMs.toFixed(3).padStart(11)}  ${what}${details}`;
    }
  }
}

/** Undefined where the subject has nothing to do with the register. */
function describe(subject: Subject, register: string | undefined): string | undefined {
  if ('name' in subject) {
    return subject.name === null || register === undefined || subject.name === register ? '' : undefined;
  }
  const details = entriesOf(subject)
    .filter(({ name }) => register === undefined || name === undefined || name === register)
    .map(({ text }) => text);
  if (details.length > 0) return `: ${details.join(', ')}`;
  return register === undefined ? '' : undefined;
}

function entriesOf(subject: PeerMessage | readonly Change[]): { name?: string; text: string }[] {
  if (!('type' in subject)) {
    return subject.map(({ name, after }) => ({ name, text: `${name} ${formatState(after)}` }));
  }
  switch (subject.type) {
    case 'requests':
      return subject.requests.map((request) => ({ name: request.name, text: formatRequest(request) }));
    case 'replies':
      return subject.replies.map((reply) => ({ name: reply.name, text: formatReply(reply) }));
    case 'open': {
      const { ballot, number, writes, chosen } = subject.opening;
      const news = chosen.length === 0 ? [] : [{ text: `news that ${chosen} of ${formatBallot(ballot)} are chosen` }];
      return [...news, ...writes.map((write) => entryOf(write, `open ${number} ${formatBallot(ballot)}`))];
    }
    case 'opened': {
      const { number, refusals } = subject.opened;
      const answer = { text: `opened ${number}${refusals.length === 0 ? '' : ' but for'}` };
      return [answer, ...refusals.map((refusal) => ({ name: refusal.name, text: formatReply(refusal) }))];
    }
    case 'probe':
      return [{ text: 'probe' }];
    case 'charge':
      return [{ text: `writes are ${subject.lookedAfter ? '' : 'not '}looked after` }];
    case 'hello':
    case 'welcome': {
      const { incarnation, session, commits } = subject.hello.credentials;
      return [{ text: `${subject.type} ${incarnation}/${session.slice(0, 6)} commits ${commits}` }];
    }
    case 'presence':
      return [
        {
          text: `presence ${subject.stage} of ${subject.sender.session.slice(0, 6)} commits ${subject.sender.commits}`,
        },
      ];
    case 'refusal':
      return [{ text: `refusal ${subject.refusal}` }];
  }
}

function entryOf({ name, proposal }: Write, what: string): { name: string; text: string } {
  return { name, text: `${what} ${name} ${proposal.opId}` };
}

function formatRequest(request: Request): string {
  const what = `${request.type} ${request.name}`;
  switch (request.type) {
    case 'prepare':
      return `${what} ${formatBallot(request.ballot)}`;
    case 'accept':
      return `${what} ${formatBallot(request.ballot)} ${request.proposal.opId}`;
    case 'query':
      return what;
    case 'decide':
      return `${what} ${formatAccepted(request.decision)}`;
  }
}

function formatReply(reply: Reply): string {
  const what = `${reply.type} ${reply.name}`;
  switch (reply.type) {
    case 'promised':
      return `${what} ${formatBallot(reply.ballot)} having ${formatAccepted(reply.accepted)}`;
    case 'accepted':
      return `${what} ${formatBallot(reply.ballot)}`;
    case 'rejected':
      return `${what} ${formatBallot(reply.ballot)} for ${formatBallot(reply.promised)}`;
    case 'decided':
      return `${what} ${formatAccepted(reply.decision)}`;
    case 'held':
      return `${what} ${formatAccepted(reply.accepted)}`;
  }
}

function formatState({ promised, accepted, decided }: RegisterState): string {
  return `promised ${formatBallot(promised)}, ${decided ? 'decided' : 'accepted'} ${formatAccepted(accepted)}`;
}

function formatAccepted(accepted: Accepted | null): string {
  return accepted === null ? 'nothing' : `${formatBallot(accepted.ballot as Ballot)} ${accepted.proposal.opId}`;
}
