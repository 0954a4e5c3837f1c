import type { MemberStatus } from '../contract/status.ts';
import { headersOf } from './headers.ts';
import type { Reply } from './replies.ts';

/** What a member says of itself, where it is asked by its id. */
export function statusReply(status: MemberStatus): Reply {
  return { payload: Buffer.from(JSON.stringify(status)), ifTooLarge: unavailable };
}

function unavailable(bytesMax: number): Reply {
  const code = 413;
  const error = `The status of this member does not fit in the ${bytesMax} bytes that NATS carries: raise max_payload of the NATS servers.`;
  return {
    payload: Buffer.from(JSON.stringify({ code, error })),
    headers: headersOf({ outcome: 'unavailable', code, error }),
    ifTooLarge: () => ({ payload: new Uint8Array(0), headers: headersOf({ outcome: 'unavailable', code }) }),
  };
}
