/** Why `accept` failed: whose fault is it? */

/**
 * Was the peer gone before we came to it? Then nothing is wrong with us, and to wait would let anybody who resets
 * connections shut out all others (accept(2): such errors are to be treated like EAGAIN).
 *
 * Deno asks for the peer's address as soon as it has accepted; of a connection that was reset this says ENOTCONN.
 */
export function isPeerGone(thrown: unknown): boolean {
  const { NotConnected, ConnectionAborted, ConnectionReset } = Deno.errors;
  if ([NotConnected, ConnectionAborted, ConnectionReset].some((kind) => thrown instanceof kind)) return true;
  return thrown instanceof Error && "code" in thrown && peerCodes.includes(String(thrown.code));
}

/** Errors that were pending on the connection, as accept(2) passes them on. */
const peerCodes: readonly string[] = [
  "ENOTCONN",
  "ECONNABORTED",
  "ECONNRESET",
  "EPROTO",
  "ENOPROTOOPT",
  "EHOSTDOWN",
  "ENONET",
  "EHOSTUNREACH",
  "ENETDOWN",
  "ENETUNREACH",
  "ETIMEDOUT",
];
