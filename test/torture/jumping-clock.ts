/*
 * Loaded into a member before anything else: with every SIGUSR2 its wall clock jumps, forth and back, by up to a day. It is
 * the clock that JavaScript shows (`Date`); the system's own is left alone, for it is not the torture's to change.
 */
const JUMPS_MS = [3_600_000, -7_200_000, 86_400_000, -2_000, -86_400_000, 500, 30_000, -60_000];

const trueNow = Date.now;
let jumps = 0;
let offsetMs = 0;

class JumpingDate extends Date {
  constructor(...args: [] | [number | string | Date]) {
    if (args.length === 0) super(JumpingDate.now());
    else super(...args);
  }

  static override now(): number {
    return trueNow() + offsetMs;
  }
}

globalThis.Date = JumpingDate as DateConstructor;
process.on('SIGUSR2', () => {
  offsetMs += JUMPS_MS[jumps % JUMPS_MS.length] ?? 0;
  jumps += 1;
});
