/** A small SMTP or LMTP server on loopback that keeps what it is given; its replies can be others. */

import { latin1Text, utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { realClock } from "../../tools/kit/base/clock.ts";
import { TcpConnection } from "../../tools/kit/net/connection.ts";
import type { TlsAcceptor } from "../../tools/kit/net/tls_acceptor.ts";
import { openTlsAcceptor } from "../../tools/kit/net/tls_bridge.ts";

export interface SinkMessage {
  readonly commands: readonly string[];
  /** CRLF form, dots taken back. */
  readonly text: string;
  readonly isSecured: boolean;
  /** Of the connection that it came by. */
  readonly connection: number;
}

export interface SinkOptions {
  /** EHLO's lines after the first. */
  readonly offers?: readonly string[];
  /** The same, asked each time. */
  readonly offersNow?: () => readonly string[];
  /** Another reply than the usual: whole lines; "drop" ends the connection. */
  readonly reply?: (command: string, connection: number) => string | undefined;
  readonly certificate?: { readonly certPem: string; readonly keyPem: string };
  /** Replies so when so many octets of a message have come, and closes. */
  readonly early?: { readonly octets: number; readonly reply: string };
  readonly lmtp?: boolean;
  /** Listens at a socket file. */
  readonly path?: string;
}

export class SmtpSink {
  readonly messages: SinkMessage[] = [];
  readonly commands: string[] = [];
  connections = 0;
  readonly #listener: Deno.TcpListener | Deno.UnixListener;
  readonly #options: SinkOptions;
  readonly #acceptor: TlsAcceptor | undefined;
  readonly #open = new Set<TcpConnection>();
  readonly #serving = new Set<Promise<void>>();

  constructor(options: SinkOptions = {}) {
    this.#options = options;
    this.#listener = options.path === undefined
      ? Deno.listen({ hostname: "127.0.0.1", port: 0, transport: "tcp" })
      : Deno.listen({ path: options.path, transport: "unix" });
    this.#acceptor = options.certificate && openTlsAcceptor(options.certificate, realClock);
    this.#accept();
  }

  get port(): number {
    return "port" in this.#listener.addr ? this.#listener.addr.port : 0;
  }

  get hop(): string {
    return `[127.0.0.1]:${this.port}`;
  }

  async close(): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open) connection.abort();
    await Promise.all(this.#serving);
    this.#acceptor?.retire();
  }

  async #accept(): Promise<void> {
    try {
      for await (const conn of this.#listener) {
        const connection = new TcpConnection(conn, realClock);
        this.#open.add(connection);
        const serving = this.#serve(connection, ++this.connections).catch(() => {}).finally(() => {
          connection.abort();
          this.#open.delete(connection);
          this.#serving.delete(serving);
        });
        this.#serving.add(serving);
      }
    } catch {
      // Closed.
    }
  }

  async #serve(connection: TcpConnection, number: number): Promise<void> {
    const { offers = ["PIPELINING", "8BITMIME"], offersNow, reply, lmtp, early } = this.#options;
    let buffer = "";
    let isSecured = false;
    let commands: string[] = [];
    let accepted = 0;
    const say = (text: string) => connection.write(utf8Bytes(`${text}\r\n`));
    const fill = async () => {
      const bytes = await connection.read();
      if (bytes === undefined) throw new Error("ended");
      buffer += latin1Text(bytes);
    };
    await say(reply?.("", number) ?? "220 sink.test ESMTP");
    for (;;) {
      while (!buffer.includes("\r\n")) await fill();
      const at = buffer.indexOf("\r\n");
      const command = buffer.slice(0, at);
      buffer = buffer.slice(at + 2);
      this.commands.push(command);
      const verb = command.slice(0, 4).toUpperCase();
      if (verb === "MAIL") [commands, accepted] = [[], 0];
      commands.push(command);
      const other = reply?.(command, number);
      if (other === "drop") return;
      if (other !== undefined) {
        await say(other);
        continue;
      }
      switch (verb) {
        case "EHLO":
        case "LHLO": {
          const lines = ["sink.test", ...offersNow?.() ?? offers];
          if (this.#acceptor !== undefined && !isSecured) lines.push("STARTTLS");
          await say(
            lines.map((line, index) => `250${index + 1 < lines.length ? "-" : " "}${line}`).join("\r\n"),
          );
          break;
        }
        case "STAR":
          await say("220 2.0.0 Ready");
          await connection.upgrade(this.#acceptor!, { limitMs: 5000 });
          isSecured = true;
          break;
        case "RCPT":
          accepted++;
          await say("250 2.1.5 Ok");
          break;
        case "DATA": {
          await say("354 go on");
          while (!`\r\n${buffer}`.includes("\r\n.\r\n")) {
            if (early !== undefined && buffer.length >= early.octets) return await say(early.reply);
            await fill();
          }
          const end = `\r\n${buffer}`.indexOf("\r\n.\r\n");
          const text = buffer.slice(0, end).replace(/^\.\./gm, ".");
          buffer = buffer.slice(end + 3);
          this.messages.push({ commands, text, isSecured, connection: number });
          const end250 = reply?.(".", number) ?? `250 2.0.0 Ok: queued as SINK${this.messages.length}`;
          if (end250 === "drop") return;
          for (let count = lmtp === true ? accepted : 1; count > 0; count--) await say(end250);
          break;
        }
        case "QUIT":
          await say("221 2.0.0 Bye");
          return await connection.close();
        default:
          await say("250 2.0.0 Ok");
      }
    }
  }
}
