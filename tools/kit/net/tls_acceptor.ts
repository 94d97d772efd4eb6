/** The server's side of TLS, as a connection uses it: `tls_bridge.ts` is the real one. */

import type { TlsInfo } from "../wire/engine.ts";

/** A connection inside TLS, and what carries its ciphertext. */
export interface SecuredConn {
  readonly conn: Deno.TlsConn;
  readonly info: TlsInfo;
  /** All ciphertext has been handed to the peer's socket, or cannot be. */
  readonly flushed: Promise<void>;
  abort(): void;
}

export interface TlsAcceptor {
  /**
   * Does a handshake over `plain`, which belongs to the acceptor from now on.
   *
   * @throws Error when the peer speaks no TLS we know, goes away, or takes longer than `limitMs`.
   */
  accept(plain: Deno.TcpConn, options: { readonly limitMs: number }): Promise<SecuredConn>;
  /** Takes no new handshake; running connections go on. */
  retire(): void;
}
