/** A client that speaks lines, over TCP or TLS, for tests that talk to a real server. */

import { utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";

export class LineClient {
  #conn: Deno.Conn;
  #pending = "";

  private constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  static async connect(port: number): Promise<LineClient> {
    return new LineClient(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** TLS from the first octet; `ca` is PEM. */
  static async connectTls(port: number, ca: string): Promise<LineClient> {
    return new LineClient(await Deno.connectTls({ hostname: "localhost", port, caCerts: [ca] }));
  }

  /** TLS from here on. */
  async startTls(ca: string): Promise<void> {
    this.#conn = await Deno.startTls(this.#conn as Deno.TcpConn, { hostname: "localhost", caCerts: [ca] });
  }

  async send(text: string): Promise<void> {
    const bytes = utf8Bytes(text);
    for (let written = 0; written < bytes.length;) written += await this.#conn.write(bytes.subarray(written));
  }

  /** The next line without its end. @throws Error when the server has closed the connection */
  async line(): Promise<string> {
    for (;;) {
      const end = this.#pending.indexOf("\r\n");
      if (end >= 0) {
        const line = this.#pending.slice(0, end);
        this.#pending = this.#pending.slice(end + 2);
        return line;
      }
      const buffer = new Uint8Array(65536);
      const count = await this.#conn.read(buffer);
      if (count === null) {
        throw new Error(`the server closed the connection after ${JSON.stringify(this.#pending)}`);
      }
      this.#pending += utf8Text(buffer.subarray(0, count));
    }
  }

  /** Lines up to and with the first that matches. */
  async linesUntil(last: RegExp): Promise<readonly string[]> {
    const lines: string[] = [];
    for (;;) {
      const line = await this.line();
      lines.push(line);
      if (last.test(line)) return lines;
    }
  }

  /** Sends a line and gives an SMTP reply, all its lines. */
  async smtp(command: string | undefined): Promise<readonly string[]> {
    if (command !== undefined) await this.send(`${command}\r\n`);
    return await this.linesUntil(/^\d{3}(?: |$)/);
  }

  /** Sends a line and gives the first line of a POP3 response; @throws Error unless it is `+OK`. */
  async pop3(command: string): Promise<string> {
    await this.send(`${command}\r\n`);
    const line = await this.line();
    if (!line.startsWith("+OK")) throw new Error(`${command} was answered by ${line}`);
    return line;
  }

  /** Sends an IMAP command and gives all lines of the answer; @throws Error unless it is OK. */
  async imap(command: string): Promise<readonly string[]> {
    await this.send(`a ${command}\r\n`);
    const lines = await this.linesUntil(/^a /);
    if (!lines.at(-1)!.startsWith("a OK")) throw new Error(`${command} was answered by ${lines.at(-1)}`);
    return lines;
  }

  close(): void {
    try {
      this.#conn.close();
    } catch {
      // The other end was first.
    }
  }
}
