/** TLS as a connection uses it: `tls_bridge.ts` is the server's side, `tls_client.ts` the client's. */

import type { TlsInfo } from "../wire/engine.ts";

/** What is used of a connection of the system. */
export type ByteStream = Pick<Deno.Conn, "read" | "write" | "closeWrite" | "close">;

/** A connection inside TLS, and what carries its ciphertext. */
export interface SecuredConn {
  readonly conn: ByteStream;
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
