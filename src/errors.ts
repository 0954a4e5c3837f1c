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

/** What is on the disk is not what was written to it. */
export class StoreCorruptError extends SteleError {
  readonly code = 'STELE_STORE_CORRUPT';
}

/** The store could not be read or written. */
export class StoreFailedError extends SteleError {
  readonly code = 'STELE_STORE_FAILED';
}

/** The other members do not listen to this one: its disk is not the one that they know, or it runs twice. */
export class NotAdmittedError extends SteleError {
  readonly code = 'STELE_NOT_ADMITTED';
}

/** Another cluster serves on the prefix, or another process of this very store. Nothing was written. */
export class PrefixTakenError extends SteleError {
  readonly code = 'STELE_PREFIX_TAKEN';
}

/** NATS ended the service of a member, as it does for want of a permission: clients cannot reach it any more. */
export class ServiceStoppedError extends SteleError {
  readonly code = 'STELE_SERVICE_STOPPED';

  constructor(cause: Error) {
    super(
      `NATS ended the service of this member (${cause.message}), so it stops; nothing that was decided is lost. A member needs permission to subscribe to its prefix and to _<prefix>, and to $SRV.>, and to publish to any reply subject.`,
      cause,
    );
  }
}
