import type { NatsConnection } from 'nats';
import { BALLOT_HEADER, MESSAGE_ID_HEADER, OP_ID_HEADER } from '../contract/header-names.ts';
import { natsFaultOf } from '../contract/nats-errors.ts';
import { readyHeaders } from '../contract/ready-headers.ts';
import { subjectsOf } from '../contract/subjects.ts';
import type { Listener } from '../events.ts';
import { formatBallot } from '../protocol/ballot.ts';

export interface DecisionPublisherOptions {
  readonly connection: NatsConnection;
  readonly prefix?: string;
  /** Told, by an error whose message is a sentence, of a decision that could not be published. */
  readonly onFailure?: (error: Error) => void;
}

/**
 * A listener that publishes decisions on `register.decided.<name>`. Core NATS delivers each at most once, and a decision
 * that two members reach is published by both, with one and the same `Nats-Msg-Id`.
 * @throws BadInputError for a prefix that cannot be one.
 */
export function createDecisionPublisher(options: DecisionPublisherOptions): Listener {
  const { connection, prefix, onFailure = () => undefined } = options;
  const subjects = subjectsOf(prefix);
  return (event) => {
    if (event.type !== 'decided') return;
    const { name, decision } = event;
    const { ballot, proposal } = decision;
    try {
      // Names and operation ids were checked where they came in: neither can end a line.
      const headers = readyHeaders(
        `${BALLOT_HEADER}: ${formatBallot(ballot)}\r\n${OP_ID_HEADER}: ${proposal.opId}\r\n${MESSAGE_ID_HEADER}: ${subjects.messageIdOf(name)}\r\n`,
      );
      connection.publish(subjects.decidedOf(name), proposal.value, { headers });
    } catch (error) {
      onFailure(unpublished(name, error));
    }
  };
}

function unpublished(name: string, cause: unknown): Error {
  const why =
    natsFaultOf(cause) === 'payload-too-large'
      ? 'it takes more than NATS carries (its max_payload)'
      : cause instanceof Error
        ? cause.message
        : String(cause);
  return new Error(
    `The decision on register ${name} was not published: ${why}. The register keeps it; those who watch find it by reading.`,
    { cause },
  );
}
