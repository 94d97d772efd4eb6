/**
 * A server: listening sockets, the sessions behind them, one certificate, limits and an orderly end.
 *
 * A connection above a limit is told so in the protocol's words and closed, before anything is spent on it. With
 * implicit TLS the handshake comes before the session and counts as one. One coarse timer serves all sessions.
 */

import type { Clock } from "../base/clock.ts";
import { failureText } from "../base/failure.ts";
import type { Log } from "../base/log.ts";
import type { Peer } from "../wire/engine.ts";

import { addressBlock } from "./address_block.ts";
import { TcpConnection } from "./connection.ts";
import { type Listener, openListener } from "./listener.ts";
import type { RunningSession, SessionLimits, SessionStart, SessionStatus } from "./session.ts";
import { defaultSessionLimits } from "./session.ts";
import { Ticker } from "./ticker.ts";
import type { TlsAcceptor } from "./tls_acceptor.ts";
import { openTlsAcceptor } from "./tls_bridge.ts";
import { settledWithin } from "./within.ts";

export interface ListenerOptions {
  /** For log and `status`: `smtp`, `submissions`, `imap`. */
  readonly name: string;
  /** `0.0.0.0`, `::`, an address or a name. */
  readonly hostname: string;
  /** 0: any free one; `listen` tells which. */
  readonly port: number;
  /** `plain`: TLS may come up later by STARTTLS. `tls`: the connection begins with it. */
  readonly mode: "plain" | "tls";
  /** Several workers share the port. */
  readonly reusePort?: boolean | undefined;
  /** What a connection above a limit hears, with its line end; never sent where TLS comes first. */
  readonly farewell?: ((peer: Peer) => Uint8Array) | undefined;
}

export interface ServerLimits extends SessionLimits {
  /** Connections in all. */
  readonly connections: number;
  /** Connections from one address (`smtpd_client_connection_count_limit`); 0 is no limit. */
  readonly connectionsPerAddress: number;
}

export interface ServerOptions {
  readonly listeners: readonly ListenerOptions[];
  /** The session for a connection that came in at `listener`. */
  readonly createSession: (peer: Peer, listener: ListenerOptions) => SessionStart;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits?: Partial<ServerLimits> | undefined;
  /** Addresses without a limit of their own (`smtpd_client_event_limit_exceptions`). */
  readonly isExempt?: ((address: string) => boolean) | undefined;
  readonly tickMs?: number | undefined;
}

export interface BoundListener {
  readonly name: string;
  readonly hostname: string;
  readonly port: number;
}

export interface ServerStatus {
  readonly listeners: readonly BoundListener[];
  /** Open now, with those still in a handshake. */
  readonly connections: number;
  /** Since the start. */
  readonly accepted: number;
  readonly refused: number;
  readonly failedHandshakes: number;
  readonly sessions: readonly SessionStatus[];
}

const defaultServerLimits: ServerLimits = {
  ...defaultSessionLimits,
  connections: 100_000,
  connectionsPerAddress: 50,
};

/** How long a refused connection has to take the farewell. */
const farewellMs = 1000;

export class Server {
  readonly #options: ServerOptions;
  readonly #limits: ServerLimits;
  readonly #ticker: Ticker;
  readonly #sessions = new Set<RunningSession>();
  /** Everything open, with what is not a session yet. */
  readonly #connections = new Set<TcpConnection>();
  readonly #inHandshake = new Set<TcpConnection>();
  readonly #perBlock = new Map<string, number>();
  readonly #closing = new Set<Promise<void>>();
  #listeners: readonly (Listener & BoundListener)[] = [];
  #acceptor: TlsAcceptor | undefined;
  #draining = false;
  #accepted = 0;
  #refused = 0;
  #failedHandshakes = 0;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#limits = { ...defaultServerLimits, ...options.limits };
    this.#ticker = new Ticker(options.clock, { tickMs: options.tickMs ?? 1000 });
  }

  /**
   * Opens all listeners and gives their real ports, in order.
   *
   * @throws Error when one cannot be opened; none is open then.
   */
  listen(): readonly BoundListener[] {
    const opened: (Listener & BoundListener)[] = [];
    try {
      for (const listener of this.#options.listeners) {
        const socket = openListener(listener, (conn) => this.#take(conn, listener), this.#options);
        opened.push({ ...socket, name: listener.name });
      }
    } catch (thrown) {
      for (const listener of opened) listener.close();
      throw thrown;
    }
    this.#listeners = opened;
    return this.#bound();
  }

  /** New handshakes use this certificate (chain and key, PEM). @throws Error when they do not fit; the old one stays */
  setCertificate(certPem: string, keyPem: string): void {
    const acceptor = openTlsAcceptor({ certPem, keyPem }, this.#options.clock);
    this.#acceptor?.retire();
    this.#acceptor = acceptor;
  }

  /**
   * Takes no more connections, ends every session with its farewell, waits at most `limitMs`, then drops the rest.
   * What was asked for before is finished first.
   */
  async drain(limitMs: number): Promise<void> {
    this.#draining = true;
    for (const listener of this.#listeners) listener.close();
    for (const session of this.#sessions) session.shutdown();
    for (const connection of this.#inHandshake) connection.abort();
    const ended = Promise.all(this.#closing);
    if (this.#closing.size > 0) await settledWithin(this.#options.clock, limitMs, ended);
    for (const session of this.#sessions) session.abort();
    for (const connection of this.#connections) connection.abort();
    this.#acceptor?.retire();
    this.#acceptor = undefined;
    await ended;
    this.#ticker.close();
  }

  status(): ServerStatus {
    return {
      listeners: this.#bound(),
      connections: this.#connections.size,
      accepted: this.#accepted,
      refused: this.#refused,
      failedHandshakes: this.#failedHandshakes,
      sessions: Array.from(this.#sessions, (session) => session.status()),
    };
  }

  #bound(): readonly BoundListener[] {
    return this.#listeners.map(({ name, hostname, port }) => ({ name, hostname, port }));
  }

  /** Never throws: what goes wrong with one connection ends that one. */
  #take(conn: Deno.TcpConn, listener: ListenerOptions): void {
    let connection: TcpConnection;
    try {
      connection = new TcpConnection(conn, this.#options.clock);
    } catch {
      // Reset before we looked at it.
      conn.close();
      return;
    }
    this.#accepted++;
    const block = addressBlock(connection.peer.address);
    this.#connections.add(connection);
    this.#perBlock.set(block, (this.#perBlock.get(block) ?? 0) + 1);
    const closing = this.#serve(connection, listener, block)
      .catch((thrown) => this.#options.log.write("error", `session failed: ${failureText(thrown)}`))
      .then(() => {
        connection.abort();
        this.#closing.delete(closing);
        this.#connections.delete(connection);
        const left = this.#perBlock.get(block)! - 1;
        if (left === 0) this.#perBlock.delete(block);
        else this.#perBlock.set(block, left);
      });
    this.#closing.add(closing);
  }

  async #serve(connection: TcpConnection, listener: ListenerOptions, block: string): Promise<void> {
    if (this.#isOverLimit(connection.peer, block)) return await this.#refuse(connection, listener);
    let peer = connection.peer;
    if (listener.mode === "tls") {
      const secured = await this.#secure(connection);
      if (secured === undefined) return;
      peer = secured;
    }
    if (this.#draining) return;
    const session = this.#options.createSession(peer, listener)(connection, {
      clock: this.#options.clock,
      log: this.#options.log.part(listener.name),
      ticker: this.#ticker,
      tls: () => this.#acceptor,
      limits: this.#limits,
    });
    this.#sessions.add(session);
    await session.done;
    this.#sessions.delete(session);
  }

  #isOverLimit(peer: Peer, block: string): boolean {
    const { connections, connectionsPerAddress } = this.#limits;
    if (this.#connections.size > connections) return true;
    return connectionsPerAddress > 0 && this.#perBlock.get(block)! > connectionsPerAddress &&
      this.#options.isExempt?.(peer.address) !== true;
  }

  async #refuse(connection: TcpConnection, listener: ListenerOptions): Promise<void> {
    this.#refused++;
    const { address } = connection.peer;
    this.#options.log.part(listener.name).write("warning", `too many connections: refused ${address}`);
    if (listener.mode === "tls" || listener.farewell === undefined) return;
    // A peer that takes nothing must not hold its place for longer than a moment.
    const told = connection.write(listener.farewell(connection.peer));
    if (await settledWithin(this.#options.clock, farewellMs, told)) await connection.close();
  }

  async #secure(connection: TcpConnection): Promise<Peer | undefined> {
    const { log } = this.#options;
    const { address } = connection.peer;
    if (this.#acceptor === undefined) {
      log.write("error", `no certificate: connection from ${address} closed`);
      return undefined;
    }
    this.#inHandshake.add(connection);
    try {
      const tls = await connection.upgrade(this.#acceptor, { limitMs: this.#limits.handshakeMs });
      return { ...connection.peer, tls };
    } catch (thrown) {
      this.#failedHandshakes++;
      if (!this.#draining) log.write("info", `TLS handshake with ${address} failed: ${failureText(thrown)}`);
      return undefined;
    } finally {
      this.#inHandshake.delete(connection);
    }
  }
}
