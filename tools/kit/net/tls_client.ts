/**
 * TLS on the client's side, in the form in which a session upgrades its connection (`Connection.upgrade`). Nothing is
 * refused here for its certificate: what the peer has shown is told, and whoever runs the session judges it.
 *
 * Where `node:tls` cannot do it (Deno up to 2.8) `Deno.startTls` takes its place: it goes on only with a certificate that is
 * trusted and has the right name, and shows none; so a policy that wants a look at it cannot be kept there, and fails.
 */

import type { Clock } from "../base/clock.ts";
import type { TlsInfo } from "../wire/engine.ts";

import { closeQuietly } from "./connection.ts";
import { hasNodeTls, type NodeTlsOptions, startNodeTls, type TlsPeer } from "./node_tls.ts";
import type { ByteStream, SecuredConn, TlsAcceptor } from "./tls_acceptor.ts";

export type { TlsPeer } from "./node_tls.ts";

export interface TlsClientOptions extends NodeTlsOptions {
  readonly clock: Clock;
  /** Name that the certificate must have where the runtime checks it itself. */
  readonly hostname: string;
  /** Called once, when the handshake is done, before the session goes on. */
  readonly onPeer: (peer: TlsPeer, info: TlsInfo) => void;
  /** Why the handshake failed. */
  readonly onFailure?: ((thrown: unknown) => void) | undefined;
}

/** For one connection. */
export function createTlsClient(options: TlsClientOptions): TlsAcceptor {
  return {
    accept: (plain, { limitMs }) => handshake(plain, limitMs, options),
    retire: () => {},
  };
}

interface Started {
  readonly conn: ByteStream;
  readonly info: TlsInfo;
  readonly peer: TlsPeer;
}

async function handshake(
  plain: Deno.TcpConn,
  limitMs: number,
  options: TlsClientOptions,
): Promise<SecuredConn> {
  const late = Promise.withResolvers<never>();
  const cancel = options.clock.after(limitMs, () => {
    closeQuietly(plain);
    late.reject(new Error(`not finished within ${limitMs / 1000} s`));
  });
  try {
    const { conn, info, peer } = await Promise.race([start(plain, options), late.promise]);
    options.onPeer(peer, info);
    return { conn, info, flushed: Promise.resolve(), abort: () => closeQuietly(conn) };
  } catch (thrown) {
    closeQuietly(plain);
    options.onFailure?.(thrown);
    throw thrown;
  } finally {
    cancel();
  }
}

async function start(plain: Deno.TcpConn, options: TlsClientOptions): Promise<Started> {
  if (hasNodeTls) {
    const conn = await startNodeTls(plain, options);
    return { conn, info: conn.info, peer: conn.peer };
  }
  const conn = await Deno.startTls(plain, {
    hostname: options.hostname,
    ...(options.caPem === undefined ? {} : { caCerts: [options.caPem] }),
  });
  try {
    await conn.handshake();
  } catch (thrown) {
    closeQuietly(conn);
    throw thrown;
  }
  return {
    conn,
    info: { protocol: "TLS", cipher: "unknown", bits: 0 },
    peer: { chain: [], isTrusted: true },
  };
}
