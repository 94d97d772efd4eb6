/** A session with mailsrv's own engine and reception, in memory: command in, last line of the reply out. */

import { utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";
import { connectRpc } from "../../tools/kit/rpc/rpc.ts";
import type { Effect, Peer, TlsInfo } from "../../tools/kit/wire/engine.ts";

import type { ReceptionApi } from "../../mta/reception/api.ts";
import { ReceptionService } from "../../mta/reception/service.ts";
import type { SmtpAnswer, SmtpQuestion } from "../../mta/smtp/question.ts";
import { SmtpServer } from "../../mta/smtp/server.ts";

import type { Keeper } from "./mailsrv_keeper.ts";

const peer = { address: "127.0.0.1", port: 40_000, localAddress: "127.0.0.1", localPort: 25 };
const tls: TlsInfo = { protocol: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", bits: 256 };

/** One session: an engine, and the service that a worker has. */
export class MemorySession {
  readonly #engine: SmtpServer;
  readonly #service: ReceptionService;
  readonly #hangUp: () => void;
  readonly log: string[] = [];
  #said = "";
  #isClosed = false;

  constructor({ reception, server }: Keeper, client: Partial<Peer> = {}) {
    const { port1, port2 } = new MessageChannel();
    connectRpc<Record<never, never>, ReceptionApi>(port1, reception.openDesk().handlers);
    this.#service = new ReceptionService(connectRpc<ReceptionApi>(port2, {}));
    this.#engine = new SmtpServer({ ...peer, ...client }, server);
    this.#hangUp = () => {
      port1.close();
      port2.close();
    };
  }

  async open(): Promise<string> {
    await this.#perform(this.#engine.open(0));
    return this.#reply();
  }

  async say(command: string): Promise<string> {
    if (this.#isClosed) return "closed";
    await this.#perform(this.#engine.step({ kind: "receive", bytes: utf8Bytes(`${command}\r\n`) }, 0));
    return this.#reply();
  }

  async close(): Promise<void> {
    if (!this.#isClosed) await this.#perform(this.#engine.step({ kind: "ended" }, 0));
    this.#hangUp();
  }

  /** The last line that was said; nothing but an end is `closed`. */
  #reply(): string {
    const lines = this.#said.split("\r\n").filter((line) => line !== "");
    this.#said = "";
    return lines.at(-1) ?? (this.#isClosed ? "closed" : "silence");
  }

  async #perform(effects: readonly Effect<SmtpQuestion>[]): Promise<void> {
    for (const effect of effects) {
      switch (effect.kind) {
        case "send":
          this.#said += utf8Text(effect.bytes);
          break;
        case "ask": {
          const answer: SmtpAnswer = await this.#service.ask(effect.question);
          await this.#perform(this.#engine.step({ kind: "answer", answer }, 0));
          break;
        }
        case "body":
          await this.#service.body(effect.bytes);
          break;
        case "discard":
          this.#service.discard();
          break;
        case "starttls":
          await this.#perform(this.#engine.step({ kind: "secured", tls }, 0));
          break;
        case "log":
          this.log.push(effect.text);
          break;
        case "close":
          this.#isClosed = true;
          break;
      }
    }
  }
}
