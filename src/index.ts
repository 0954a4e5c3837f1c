export type {
  Decided,
  Registers,
  RegistersOptions,
  Watch,
  WatchedDecision,
  WriteOptions,
  WriteOutcome,
} from './client/index.ts';
export { createRegisters } from './client/index.ts';
export { BadInputError, RefusedError, SteleError, UnavailableError, UnknownOutcomeError } from './errors.ts';
