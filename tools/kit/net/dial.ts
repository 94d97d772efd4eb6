/** Connections to others. */

import type { Clock } from "../base/clock.ts";

import { closeQuietly, type Connection, TcpConnection } from "./connection.ts";

export interface DialOptions {
  readonly clock: Clock;
  /** 0: as long as the system tries. */
  readonly limitMs: number;
}

export type Place =
  | { readonly address: string; readonly port: number }
  /** A socket file. */
  | { readonly path: string };

/** @throws Error whose message is the reason in the system's words: `Connection refused`, `Connection timed out` */
export async function dial(place: Place, { clock, limitMs }: DialOptions): Promise<Connection> {
  const connecting: Promise<Deno.TcpConn | Deno.UnixConn> = "path" in place
    ? Deno.connect({ transport: "unix", path: place.path })
    : Deno.connect({ hostname: place.address, port: place.port });
  const late = Promise.withResolvers<never>();
  let isLate = false;
  const cancel = limitMs === 0 ? () => {} : clock.after(limitMs, () => {
    isLate = true;
    late.reject(new Error("Connection timed out"));
  });
  // A connection that comes about later is of no use.
  connecting.then((conn) => isLate && closeQuietly(conn), () => {});
  try {
    return new TcpConnection(await Promise.race([connecting, late.promise]), clock);
  } catch (thrown) {
    throw new Error(systemWords(thrown), { cause: thrown });
  } finally {
    cancel();
  }
}

function systemWords(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return text.replace(/ \(os error \d+\)$/, "");
}
