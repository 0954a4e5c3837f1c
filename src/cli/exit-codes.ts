/** What the commands exit with; the help of each command says which of these it uses, and for what. */
export const EXIT = Object.freeze({
  /** Done: written, read, drained, a quorum is there. */
  ok: 0,
  /** The plain other answer: a write lost, a register is empty; of a member and of `stele dev`: failed while running. */
  otherwise: 1,
  /** A flag, a name or a value is not of the form that it must have. Nothing was started. */
  badInput: 2,
  /** No answer to rely on: unknown, unavailable, refused for now, NATS out of reach; of a member: NATS cannot serve it. */
  unavailable: 3,
  /** The store is not there, or may not be used. Starting again does not help. */
  storeRefused: 4,
  /** A native package that stores need is missing, or does not load. Starting again does not help. */
  driverMissing: 5,
});
