import type { MsgHdrs, ServiceMsg } from 'nats';

/*
 * The two places where this project knows how the NATS library looks inside. The library builds and reads headers one by
 * one, checking each, and that costs more than all that the service itself does with a request. Should a later version look
 * otherwise, tests fail for what is sent, and what is received is read the library's own, slower way.
 */

/**
 * Headers to publish, as the very bytes that go over the wire.
 * @param lines each `Name: value` with a line end after it (`\r\n`).
 */
export function readyHeaders(lines: string): MsgHdrs {
  // Of the headers that it publishes, the library asks nothing but their bytes.
  return new ReadyHeaders(Buffer.from(`NATS/1.0\r\n${lines}\r\n`)) as unknown as MsgHdrs;
}

class ReadyHeaders {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  encode(): Uint8Array {
    return this.#bytes;
  }
}

/** The bytes of all of a message's headers; undefined where it has none, or where they are not to be seen. */
export function headerBytesOf(message: ServiceMsg): Uint8Array | undefined {
  const { _msg, _rdata } = (message as Inside).msg ?? {};
  const length = _msg?.hdr;
  if (typeof length !== 'number' || length < 0 || !(_rdata instanceof Uint8Array)) return undefined;
  return _rdata.subarray(0, length);
}

/** The library's own record of a message to a service: headers and payload in one piece, and the length of the headers. */
interface Inside {
  readonly msg?: { readonly _msg?: { readonly hdr?: unknown }; readonly _rdata?: unknown };
}
