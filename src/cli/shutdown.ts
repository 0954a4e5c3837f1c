/** A terminal, npm and a TypeScript runner may each pass one Ctrl-C on: within this time they are the same one. */
const SAME_KEYSTROKE_MS = 300;
const EXIT_CODES: Readonly<Record<string, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/** Whether this process has been asked to leave: by SIGINT, by SIGTERM, by SIGHUP (its terminal is gone), or by the death of the process that started it. */
export interface Shutdown {
  readonly signal: AbortSignal;
  /** Resolves with who asked. */
  readonly requested: Promise<string>;
}

/**
 * Listens for requests to leave, from now on. A second one is an order: `atOnce` cleans up, if anything is to be, and the
 * process exits.
 *
 * A process that was started with an IPC channel leaves when the channel closes: so the members of `stele dev` do not
 * outlive it, even if it is killed.
 */
export function listenForShutdown(atOnce: () => void = () => undefined): Shutdown {
  const controller = new AbortController();
  const requested = new Promise<string>((resolve) => {
    controller.signal.addEventListener('abort', () => resolve(String(controller.signal.reason)), { once: true });
  });
  let firstAtMs = 0;
  const onSignal = (name: string) => {
    if (!controller.signal.aborted) {
      firstAtMs = Date.now();
      controller.abort(name);
    } else if (Date.now() - firstAtMs > SAME_KEYSTROKE_MS) {
      atOnce();
      process.exit(EXIT_CODES[name]);
    }
  };
  for (const name of Object.keys(EXIT_CODES)) process.on(name, () => onSignal(name));
  const onParentGone = () => controller.abort('the process that started it leaves');
  process.once('disconnect', onParentGone);
  // `false` rather than `undefined`: there was a channel, and it closed before anybody listened.
  if (process.connected === false) onParentGone();
  return { signal: controller.signal, requested };
}
