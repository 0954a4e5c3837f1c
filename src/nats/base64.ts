export function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** The bytes of strict base64: the standard alphabet, padded, no bits left over. Undefined for anything else. */
export function bytesOfBase64(base64: string): Uint8Array | undefined {
  const bytes = Buffer.from(base64, 'base64');
  // Buffer skips what it cannot read, so only what encodes back to itself was base64 through and through.
  return bytes.toString('base64') === base64 ? bytes : undefined;
}
