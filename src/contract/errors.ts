/** A failure that stele reports: what happened, what it means for the caller's data, and what to do. `code` is stable. */
export abstract class SteleError extends Error {
  abstract readonly code: string;

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
  }
}

/** A request, a name, a value, a flag or a setting is not of the form that it must have. Nothing was started. */
export class BadInputError extends SteleError {
  readonly code = 'STELE_BAD_INPUT';
}

/** Nothing was started, because the service is not able to now. The same request can be sent again later. */
export class RefusedError extends SteleError {
  readonly code = 'STELE_REFUSED';
  /** As in HTTP: 400, 403 (NATS permissions), 413, 429 or 503. */
  readonly status: number;

  constructor(status: number, message: string, cause?: unknown) {
    super(message, cause);
    this.status = status;
  }
}

/** No quorum answered a write in time: it may or may not take effect. The same write with `opId` settles it. */
export class UnknownOutcomeError extends SteleError {
  readonly code = 'STELE_UNKNOWN';
  readonly opId: string;

  constructor(opId: string, message: string, cause?: unknown) {
    super(message, cause);
    this.opId = opId;
  }
}

/** No quorum answered a read in time. Reading again is safe. */
export class UnavailableError extends SteleError {
  readonly code = 'STELE_UNAVAILABLE';
}

/**
 * The register has a value, which is larger than NATS carries in one message, so it cannot be told. Trying again does not
 * help; a larger `max_payload` of the NATS servers does.
 */
export class AnswerTooLargeError extends SteleError {
  readonly code = 'STELE_ANSWER_TOO_LARGE';
  /** Of a write `lost`, of a read `decided`: that much is certain. */
  readonly outcome: 'lost' | 'decided';
  /** The id of the operation that the value belongs to; empty where the service did not say. */
  readonly winner: string;

  constructor(outcome: 'lost' | 'decided', winner: string, message: string) {
    super(message);
    this.outcome = outcome;
    this.winner = winner;
  }
}

/** The register was not decided in the time that a caller was ready to wait. Waiting again is safe. */
export class WaitTimeoutError extends SteleError {
  readonly code = 'STELE_WAIT_TIMEOUT';

  /** @param cause why the last read failed; undefined where none did. */
  constructor(name: string, timeoutMs: number, cause?: unknown) {
    const why = cause instanceof Error ? ` The last read that failed said: ${cause.message}` : '';
    super(
      `Nobody is known to have written register ${name} within ${timeoutMs} ms. Waiting again is safe.${why}`,
      cause,
    );
  }
}

/** There is no store in the directory: it was never made, or the disk is lost. */
export class NoStoreError extends SteleError {
  readonly code = 'STELE_NO_STORE';
}

/** There is a store in the directory already. */
export class StoreExistsError extends SteleError {
  readonly code = 'STELE_STORE_EXISTS';
}

/** Another process has the store open. */
export class StoreLockedError extends SteleError {
  readonly code = 'STELE_STORE_LOCKED';
}

/** The store was written by another version of stele, with whose stores this one does not go on. */
export class StoreVersionError extends SteleError {
  readonly code = 'STELE_STORE_VERSION';
}

/** The disk does not hold what was written to it. */
export class StoreCorruptError extends SteleError {
  readonly code = 'STELE_STORE_CORRUPT';
}

/** The store could not be read or written. */
export class StoreFailedError extends SteleError {
  readonly code = 'STELE_STORE_FAILED';
}

/** A rule of the protocol was found broken: a bug in stele, or a store that changed under it. The disk is not to blame. */
export class ProtocolBrokenError extends SteleError {
  readonly code = 'STELE_INVARIANT';
}

/** The NATS server lacks what stele needs, such as headers. Nothing was started. */
export class NatsUnfitError extends SteleError {
  readonly code = 'STELE_NATS_UNFIT';
}

/** A native package that a store needs is not installed, was not built, or does not fit this system. Nothing was touched. */
export class DriverMissingError extends SteleError {
  readonly code = 'STELE_DRIVER_MISSING';
}

/** The other members do not listen to this one: its disk is not the one that they know, or it runs twice. */
export class NotAdmittedError extends SteleError {
  readonly code = 'STELE_NOT_ADMITTED';
}

/** The connection to NATS that a member was given is closed, or about to be: it can neither hear nor answer anybody. */
export class ConnectionClosedError extends SteleError {
  readonly code = 'STELE_CONNECTION_CLOSED';
}

/** Another cluster serves on the prefix, or another process of this very store. Nothing was written. */
export class PrefixTakenError extends SteleError {
  readonly code = 'STELE_PREFIX_TAKEN';
}

/** NATS ended the service of a member, as it does for want of a permission: clients cannot reach it any more. */
export class ServiceStoppedError extends SteleError {
  readonly code = 'STELE_SERVICE_STOPPED';
}
