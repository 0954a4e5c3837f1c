/**
 * Makes up operation ids for writes that come without one: counted on from a session that is never drawn twice. A random
 * id for each write was about a quarter of what a register costs the service in batches of 100.
 * @param session random, of 120 bits or more, drawn by each process for itself; up to 32 printable ASCII characters.
 */
export function createOpIds(session: string): () => string {
  let last = 0;
  return () => {
    last += 1;
    return `${session}.${last.toString(36)}`;
  };
}
