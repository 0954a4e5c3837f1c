export const OUTCOME_HEADER = 'Register-Outcome';
export const BALLOT_HEADER = 'Register-Ballot';
export const OP_ID_HEADER = 'Register-Op-Id';
/** Of the NATS services protocol. */
export const ERROR_HEADER = 'Nats-Service-Error';
export const ERROR_CODE_HEADER = 'Nats-Service-Error-Code';
/** JetStream keeps one message for each: a decision that two members publish is stored once. */
export const MESSAGE_ID_HEADER = 'Nats-Msg-Id';
