import { ensureNatsServer } from '../../src/cli/dev/nats-server-binary.ts';

/** Tests run against a real NATS server: it is installed where it is missing and may be, or the run says how to get it. */
export default async function setup(): Promise<void> {
  await ensureNatsServer((sentence) => console.log(sentence));
}
