import { BadInputError } from '../contract/errors.ts';

/** No NATS server carries a larger message: its `max_payload` is 64 MiB at most. */
const INPUT_BYTES_MAX = 67_108_864;

/**
 * All of standard input, as it is.
 * @throws BadInputError when it is larger than any value can be.
 */
export async function readInput(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > INPUT_BYTES_MAX) {
      throw new BadInputError(
        `Standard input holds more than ${INPUT_BYTES_MAX} bytes, more than NATS can carry: nothing was written. A value of a register has at most 65,536 bytes unless set otherwise.`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
