/**
 * One listening socket: takes connections until it is closed, whatever happens to single ones.
 *
 * When the system cannot give another descriptor (EMFILE, ENFILE, ENOBUFS) the connection stays in the backlog and
 * the loop waits, first 50 ms and up to 1 s, so that it neither spins nor dies; the log hears of it once a minute.
 */

import type { Clock } from "../base/clock.ts";
import { sleep } from "../base/clock.ts";
import { failureText } from "../base/failure.ts";
import type { Log } from "../base/log.ts";

import { isPeerGone } from "./accept_failure.ts";

export interface ListenAt {
  /** Name or address; `::` takes IPv4 too where the system lets it. */
  readonly hostname: string;
  /** 0: any free one. */
  readonly port: number;
  /** Several workers may listen at the same port; the system spreads connections among them. */
  readonly reusePort?: boolean | undefined;
}

export interface Listener {
  readonly hostname: string;
  /** The real one. */
  readonly port: number;
  close(): void;
}

/** What is used of a Deno.TcpListener. */
export interface ListeningSocket {
  readonly addr: { readonly hostname: string; readonly port: number };
  accept(): Promise<Deno.TcpConn>;
  close(): void;
}

const leastBackOffMs = 50;
const mostBackOffMs = 1000;
const complainEveryMs = 60_000;

/**
 * Listens and gives each connection to `take`.
 *
 * @throws Error naming address and port when it cannot listen there.
 */
export function openListener(
  at: ListenAt,
  take: (conn: Deno.TcpConn) => void,
  options: {
    readonly clock: Clock;
    readonly log: Log;
    readonly listen?: (at: ListenAt & { readonly reusePort: boolean }) => ListeningSocket;
  },
): Listener {
  const listen = options.listen ?? Deno.listen;
  let socket: ListeningSocket;
  try {
    socket = listen({ hostname: at.hostname, port: at.port, reusePort: at.reusePort ?? false });
  } catch (thrown) {
    throw new Error(`cannot listen on ${at.hostname} port ${at.port}`, { cause: thrown });
  }
  let closed = false;
  acceptAll(socket, take, () => closed, options);
  return {
    hostname: socket.addr.hostname,
    port: socket.addr.port,
    close: () => {
      if (closed) return;
      closed = true;
      socket.close();
    },
  };
}

async function acceptAll(
  socket: ListeningSocket,
  take: (conn: Deno.TcpConn) => void,
  isClosed: () => boolean,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Promise<void> {
  let backOffMs = leastBackOffMs;
  let complainedAt = -Infinity;
  while (!isClosed()) {
    try {
      take(await socket.accept());
      backOffMs = leastBackOffMs;
    } catch (thrown) {
      if (isClosed()) return;
      if (isPeerGone(thrown)) continue;
      if (clock.monotonic() - complainedAt >= complainEveryMs) {
        complainedAt = clock.monotonic();
        const { hostname, port } = socket.addr;
        log.write("error", `cannot take connections on ${hostname} port ${port}: ${failureText(thrown)}`);
      }
      await sleep(clock, backOffMs);
      backOffMs = Math.min(backOffMs * 2, mostBackOffMs);
    }
  }
}
