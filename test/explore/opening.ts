import type { Accept, Request } from '../../src/protocol/messages.ts';

export function isOpening(request: Request): request is Accept {
  return request.type === 'accept' && request.ballot.round === 0;
}
