export type {
  Codec,
  Connection,
  Decided,
  Registers,
  RegistersOptions,
  WaitOptions,
  Watch,
  WatchedDecision,
  WatchGap,
  WatchItem,
  WriteOptions,
  WriteOutcome,
} from './client/index.ts';
export { createRegisters } from './client/index.ts';
export {
  AnswerTooLargeError,
  BadInputError,
  RefusedError,
  SteleError,
  UnavailableError,
  UnknownOutcomeError,
  WaitTimeoutError,
} from './contract/errors.ts';
