/**
 * TLS on the client's side by `node:tls` over a connection of Deno: it shows the peer's certificates and goes on with those
 * that nobody vouches for, which `Deno.startTls` does not. The caller judges what it is shown.
 *
 * Up to Deno 2.4 `node:tls` cannot run over such a stream; `hasNodeTls` says so.
 */

import { Duplex } from "node:stream";
import tls from "node:tls";

import { type Bytes, noBytes } from "../base/bytes.ts";
import type { TlsInfo } from "../wire/engine.ts";

import { closeQuietly, writeAll } from "./connection.ts";
import type { ByteStream } from "./tls_acceptor.ts";

export const hasNodeTls: boolean = !/^(?:1\.|2\.[0-8]\.)/.test(Deno.version.deno);

export interface NodeTlsOptions {
  /** Server name to ask for (RFC 6066 §3); empty: none. */
  readonly serverName: string;
  /** Certificates of authorities to trust, PEM; `undefined`: those that the runtime brings. */
  readonly caPem: string | undefined;
  readonly minVersion: "TLSv1.2" | "TLSv1.3";
}

/** What is seen of the peer; `mta/tls_policy/certificate.ts` has the same as `PeerFacts`. */
export interface TlsPeer {
  /** DER, the peer's own first. */
  readonly chain: readonly Bytes[];
  readonly isTrusted: boolean;
  readonly fault?: string | undefined;
}

export interface NodeTlsStream extends ByteStream {
  readonly info: TlsInfo;
  readonly peer: TlsPeer;
}

/** Does the handshake. @throws Error with what node says of it */
export function startNodeTls(plain: Deno.TcpConn, options: NodeTlsOptions): Promise<NodeTlsStream> {
  return new Promise((resolve, reject) => {
    const ciphertext = duplexOf(plain);
    // What breaks below breaks the socket above; an error that nobody hears would end the whole worker.
    ciphertext.on("error", (error) => {
      reject(error);
      socket.destroy();
    });
    const socket = tls.connect({
      socket: ciphertext,
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      minVersion: options.minVersion,
      ...(options.serverName === "" ? {} : { servername: options.serverName }),
      ...(options.caPem === undefined ? {} : { ca: options.caPem }),
    });
    socket.on("error", reject);
    socket.once("close", () => reject(new Error("the peer has closed the connection")));
    socket.once("secureConnect", () => {
      resolve(new TlsStream(socket, plain));
    });
  });
}

function duplexOf(conn: Deno.TcpConn): Duplex {
  const buffer = new Uint8Array(65_536);
  return new Duplex({
    read() {
      conn.read(buffer).then(
        (octets) => this.push(octets === null ? null : buffer.slice(0, octets)),
        (thrown) => this.destroy(thrown instanceof Error ? thrown : new Error(String(thrown))),
      );
    },
    write(chunk: Uint8Array, _encoding, done) {
      writeAll(conn, chunk).then(() => done(), done);
    },
    final(done) {
      conn.closeWrite().then(() => done(), () => done());
    },
    destroy(_error, done) {
      closeQuietly(conn);
      done(null);
    },
  });
}

class TlsStream implements NodeTlsStream {
  readonly info: TlsInfo;
  readonly peer: TlsPeer;
  readonly #socket: tls.TLSSocket;
  readonly #plain: Deno.TcpConn;
  #chunks: Uint8Array[] = [];
  #ended = false;
  #failure: Error | undefined;
  #wake: () => void = () => {};

  constructor(socket: tls.TLSSocket, plain: Deno.TcpConn) {
    this.#socket = socket;
    this.#plain = plain;
    this.info = infoOf(socket);
    this.peer = peerOf(socket);
    socket.on("data", (chunk: Uint8Array) => {
      this.#chunks.push(new Uint8Array(chunk));
      socket.pause();
      this.#wake();
    });
    socket.on("error", (error: Error) => {
      this.#failure ??= error;
      this.#wake();
    });
    for (const event of ["end", "close"]) {
      socket.on(event, () => {
        this.#ended = true;
        this.#wake();
      });
    }
    socket.pause();
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    while (this.#chunks.length === 0) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#ended) return null;
      const woken = new Promise<void>((resolve) => this.#wake = resolve);
      this.#socket.resume();
      await woken;
    }
    const chunk = this.#chunks[0]!;
    const octets = Math.min(chunk.length, buffer.length);
    buffer.set(chunk.subarray(0, octets));
    if (octets === chunk.length) this.#chunks.shift();
    else this.#chunks[0] = chunk.subarray(octets);
    return octets;
  }

  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      this.#socket.write(bytes, (error) => error ? reject(error) : resolve(bytes.length));
    });
  }

  closeWrite(): Promise<void> {
    return new Promise((resolve) => this.#socket.end(() => resolve()));
  }

  close(): void {
    this.#failure ??= new Error("connection closed");
    this.#wake();
    this.#socket.destroy();
    closeQuietly(this.#plain);
  }
}

function infoOf(socket: tls.TLSSocket): TlsInfo {
  const cipher = socket.getCipher()?.name ?? "unknown";
  const bits = /256|CHACHA/.test(cipher) ? 256 : /128/.test(cipher) ? 128 : 0;
  return { protocol: socket.getProtocol() ?? "TLS", cipher, bits };
}

function peerOf(socket: tls.TLSSocket): TlsPeer {
  const chain: Bytes[] = [];
  const seen = new Set<string>();
  let certificate: tls.DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (certificate?.raw !== undefined && !seen.has(certificate.fingerprint256)) {
    seen.add(certificate.fingerprint256);
    const der = new Uint8Array(certificate.raw);
    chain.push(der.length === 0 ? noBytes : der);
    certificate = certificate.issuerCertificate;
  }
  const isTrusted = socket.authorized;
  return isTrusted ? { chain, isTrusted } : { chain, isTrusted, fault: faultText(socket.authorizationError) };
}

/** node's codes (`CERT_HAS_EXPIRED`) as words. */
function faultText(error: unknown): string {
  const code = error instanceof Error ? error.message : String(error ?? "not trusted");
  return /^[A-Z0-9_]+$/.test(code) ? code.toLowerCase().replaceAll("_", " ") : code;
}
