/** For tests: a client on a session without sockets and without time. */

import { latin1Bytes, latin1Text } from "../../../tools/kit/base/bytes.ts";
import { createLog } from "../../../tools/kit/base/log.ts";
import type { Peer, TlsInfo } from "../../../tools/kit/wire/engine.ts";

import type { ImapEffect, ImapNotice } from "../question.ts";
import { ImapService, type ImapServiceOptions } from "../service.ts";
import { ImapSession } from "../session.ts";
import { defaultImapSettings, type ImapSettings } from "../settings.ts";

export const loopback: Peer = { address: "127.0.0.1", port: 4000, localAddress: "127.0.0.1", localPort: 143 };
export const stranger: Peer = { address: "192.0.2.7", port: 4000, localAddress: "192.0.2.1", localPort: 143 };
export const tls: TlsInfo = { protocol: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", bits: 256 };

/** Who checks passwords, and where the mail is. */
export type Backend = Pick<ImapServiceOptions, "login" | "store" | "registry">;

export interface ClientOptions {
  readonly peer?: Peer;
  readonly settings?: Partial<ImapSettings>;
  /** How input is cut; default: one chunk. */
  readonly cut?: (bytes: Uint8Array) => readonly Uint8Array[];
}

export class Client {
  /** All that came, as octet text. */
  output = "";
  closed = false;
  pausedMs = 0;
  idleMs = 0;
  /** Most octets of one send or one chunk of a stream. */
  mostOctets = 0;
  /** Most octets of all effects of one step. */
  mostAtOnce = 0;
  readonly logLines: string[] = [];
  readonly #session: ImapSession;
  readonly #service: ImapService;
  readonly #options: ClientOptions;
  readonly #notices: ImapNotice[] = [];
  #nowMs = Date.UTC(2026, 5, 5, 10);
  #tag = 0;
  #read = 0;

  private constructor(store: Backend, options: ClientOptions) {
    this.#options = options;
    const log = createLog((record) => this.logLines.push(record.text), {
      now: () => this.#nowMs,
      part: "imap",
    });
    this.#service = new ImapService({
      login: store.login,
      store: store.store,
      registry: store.registry,
      log,
    });
    this.#session = new ImapSession({
      peer: options.peer ?? loopback,
      settings: { ...defaultImapSettings, ...options.settings },
      sessionId: "abc",
    });
    this.#service.subscribe((notice) => this.#notices.push(notice));
  }

  static async connect(store: Backend, options: ClientOptions = {}): Promise<Client> {
    const client = new Client(store, options);
    await client.#perform(client.#session.open(client.#nowMs));
    return client;
  }

  /** Logged in, and with `name` selected if one is given. */
  static async loggedIn(store: Backend, name?: string, options: ClientOptions = {}): Promise<Client> {
    const client = await Client.connect(store, options);
    await client.run("LOGIN u1 pw1");
    if (name !== undefined) await client.run(`SELECT ${name}`);
    client.take();
    return client;
  }

  /** What came since the last `take` or `run`. */
  take(): string {
    const text = this.output.slice(this.#read);
    this.#read = this.output.length;
    return text;
  }

  /** Sends octets as they are. */
  async send(text: string): Promise<string> {
    const bytes = latin1Bytes(text);
    for (const chunk of this.#options.cut?.(bytes) ?? [bytes]) {
      if (this.closed) break;
      await this.#perform(this.#session.step({ kind: "receive", bytes: chunk }, this.#nowMs));
    }
    return this.take();
  }

  /** A command with a tag of its own; gives the lines of the answer, the tag as `T`. */
  async run(command: string): Promise<readonly string[]> {
    const tag = `t${++this.#tag}`;
    const text = await this.send(`${tag} ${command}\r\n`);
    return text.split("\r\n").slice(0, -1).map((line) =>
      line.startsWith(`${tag} `) ? `T${line.slice(tag.length)}` : line
    );
  }

  /** Lets the store's notices arrive. */
  async hear(): Promise<string> {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    for (let notice = this.#notices.shift(); notice !== undefined; notice = this.#notices.shift()) {
      await this.#perform(this.#session.step({ kind: "notify", notice }, this.#nowMs));
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    }
    return this.take();
  }

  /** Time goes by without an octet. */
  async expire(ms: number): Promise<string> {
    this.#nowMs += ms;
    await this.#perform(this.#session.step({ kind: "expired" }, this.#nowMs));
    return this.take();
  }

  advance(ms: number): void {
    this.#nowMs += ms;
  }

  async end(): Promise<void> {
    await this.#perform(this.#session.step({ kind: "ended" }, this.#nowMs));
  }

  async shutdown(): Promise<string> {
    await this.#perform(this.#session.step({ kind: "shutdown", reason: "stopping" }, this.#nowMs));
    return this.take();
  }

  async #perform(effects: readonly ImapEffect[]): Promise<void> {
    const atOnce = effects.reduce(
      (sum, effect) => sum + (effect.kind === "send" ? effect.bytes.length : 0),
      0,
    );
    this.mostAtOnce = Math.max(this.mostAtOnce, atOnce);
    for (const effect of effects) {
      switch (effect.kind) {
        case "send":
          this.#write(effect.bytes);
          break;
        case "ask": {
          const answer = await this.#ask(effect);
          if (answer !== undefined) {
            await this.#perform(this.#session.step({ kind: "answer", answer }, this.#nowMs));
          }
          break;
        }
        case "body":
          await this.#service.body(effect.bytes);
          break;
        case "discard":
          this.#service.discard();
          break;
        case "stream":
          for await (const chunk of this.#service.source(effect.source)) this.#write(chunk);
          break;
        case "starttls":
          await this.#perform(this.#session.step({ kind: "secured", tls }, this.#nowMs));
          break;
        case "deadline":
          this.idleMs = effect.idleMs;
          break;
        case "log":
          this.logLines.push(effect.text);
          break;
        case "pause":
          this.pausedMs += effect.ms;
          this.#nowMs += effect.ms;
          break;
        case "close":
          this.closed = true;
          this.#service.closed();
          return;
      }
    }
  }

  async #ask(effect: ImapEffect & { readonly kind: "ask" }) {
    try {
      return await this.#service.ask(effect.question);
    } catch {
      await this.#perform(this.#session.step({ kind: "shutdown", reason: "failure" }, this.#nowMs));
      return undefined;
    }
  }

  #write(bytes: Uint8Array): void {
    this.mostOctets = Math.max(this.mostOctets, bytes.length);
    this.output += latin1Text(bytes);
  }
}
