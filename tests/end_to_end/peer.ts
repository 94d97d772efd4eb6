/**
 * One end of a connection for tests that care for every octet: text is Latin-1, one unit an octet. Whatever is waited
 * for comes within a limit, or the error tells what came instead.
 */

import { latin1Bytes, latin1Text } from "../../tools/kit/base/bytes.ts";

const limitMs = 30_000;
const noDelay = { hostname: "127.0.0.1" } as const;

export class Peer {
  #conn: Deno.TcpConn | Deno.TlsConn;
  #pending = "";
  #isEnded = false;

  private constructor(conn: Deno.TcpConn | Deno.TlsConn) {
    this.#conn = conn;
  }

  static async connect(port: number): Promise<Peer> {
    return new Peer(await Deno.connect({ ...noDelay, port }));
  }

  static async connectTls(port: number, ca: string): Promise<Peer> {
    return new Peer(await Deno.connectTls({ hostname: "localhost", port, caCerts: [ca] }));
  }

  /** TLS from here on. */
  async startTls(ca: string): Promise<void> {
    const conn = await Deno.startTls(this.#conn as Deno.TcpConn, { hostname: "localhost", caCerts: [ca] });
    await conn.handshake();
    this.#conn = conn;
  }

  async send(text: string): Promise<void> {
    const bytes = latin1Bytes(text);
    for (let written = 0; written < bytes.length;) written += await this.#conn.write(bytes.subarray(written));
  }

  /** Sends as much as the other end takes until it closes; whether it is all is not told. */
  async sendIfTaken(text: string): Promise<void> {
    await this.send(text).catch(() => {});
  }

  /** The next line without CRLF. */
  async line(): Promise<string> {
    const end = await this.#until(() => this.#pending.indexOf("\r\n"), "a line");
    return this.#take(end + 2).slice(0, -2);
  }

  /** The next octets. */
  async octets(count: number): Promise<string> {
    await this.#until(() => this.#pending.length - count, `${count} octets`);
    return this.#take(count);
  }

  /** Lines up to and with the first that matches, joined by LF. */
  async through(last: RegExp): Promise<string> {
    const lines: string[] = [];
    do lines.push(await this.line()); while (!last.test(lines.at(-1)!));
    return lines.join("\n");
  }

  /** All that comes until the other end closes. */
  async rest(): Promise<string> {
    await this.#until(() => this.#isEnded ? 0 : -1, "the end of the connection");
    return this.#take(this.#pending.length);
  }

  /** No more is sent; the other direction stays open. */
  async finish(): Promise<void> {
    await this.#conn.closeWrite();
  }

  close(): void {
    try {
      this.#conn.close();
    } catch {
      // The other end was first.
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #take(count: number): string {
    const taken = this.#pending.slice(0, count);
    this.#pending = this.#pending.slice(count);
    return taken;
  }

  /** Reads until `ready` gives a number from 0 on. */
  async #until(ready: () => number, what: string): Promise<number> {
    for (;;) {
      const at = ready();
      if (at >= 0) return at;
      const seen = () => JSON.stringify(this.#pending.slice(-500));
      if (this.#isEnded) {
        throw new Error(`the server closed the connection instead of ${what}, after ${seen()}`);
      }
      await this.#read(() => new Error(`no ${what} within ${limitMs} ms, only ${seen()}`));
    }
  }

  async #read(late: () => Error): Promise<void> {
    const buffer = new Uint8Array(65536);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const limit = new Promise<never>((_, reject) => timer = setTimeout(() => reject(late()), limitMs));
    try {
      const count = await Promise.race([this.#conn.read(buffer), limit]);
      if (count === null) this.#isEnded = true;
      else this.#pending += latin1Text(buffer.subarray(0, count));
    } catch (thrown) {
      // A reset is an end, too; a TLS end without its farewell as well.
      if (!isEnd(thrown)) throw thrown;
      this.#isEnded = true;
    } finally {
      clearTimeout(timer);
    }
  }
}

function isEnd(thrown: unknown): boolean {
  return thrown instanceof Deno.errors.ConnectionReset || thrown instanceof Deno.errors.UnexpectedEof ||
    thrown instanceof Deno.errors.BrokenPipe;
}
