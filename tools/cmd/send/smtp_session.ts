/**
 * `sendmail -bs`: SMTP on standard input and output, for mail programs that talk to a program rather than to a port. Whoever
 * may run it may send anywhere, as with every message that is left in `maildrop`; the rules of reception do not apply.
 */

import { concatBytes, latin1Bytes } from "../../kit/base/bytes.ts";
import { failureText, PermFailure } from "../../kit/base/failure.ts";
import { formatDateTime } from "../../kit/mail/date.ts";
import { processUid } from "../../kit/os/identity.ts";
import type { Effect, Input } from "../../kit/wire/engine.ts";

import type { SpoolEntry } from "../../../store/spool/spool.ts";

import type { SmtpAnswer, SmtpQuestion, Transaction } from "../../../mta/smtp/question.ts";
import { reply } from "../../../mta/smtp/reply.ts";
import { SmtpServer } from "../../../mta/smtp/server.ts";
import { smtpServerSettings } from "../../../mta/smtp/settings.ts";

import type { Settings } from "../../config/schema.ts";

import type { Context } from "../context.ts";
import type { ExitCode } from "../exit_code.ts";
import { exitCode } from "../exit_code.ts";
import { openSpool } from "../open_stores.ts";

import { wakeServer } from "./wake_server.ts";

const ownEnd = { address: "127.0.0.1", port: 0, localAddress: "127.0.0.1", localPort: 0 };

/** Talks until the client quits or standard input ends. */
export async function talk(context: Context, settings: Settings): Promise<ExitCode> {
  const session = new StandardSession(context, settings);
  await session.start();
  for await (const bytes of context.input) {
    await session.take({ kind: "receive", bytes });
    if (session.isClosed) return exitCode.ok;
  }
  await session.take({ kind: "ended" });
  return exitCode.ok;
}

class StandardSession {
  isClosed = false;
  readonly #engine: SmtpServer;
  readonly #context: Context;
  readonly #settings: Settings;
  readonly #uid = processUid() ?? 0;
  #entry: SpoolEntry | undefined;
  #body: Uint8Array[] = [];

  constructor(context: Context, settings: Settings) {
    this.#context = context;
    this.#settings = settings;
    const { myhostname, mail_name, message_size_limit, message_drop_headers } = settings;
    this.#engine = new SmtpServer(ownEnd, {
      role: "smtp",
      settings: smtpServerSettings(myhostname, {
        mailName: mail_name,
        messageSizeLimit: message_size_limit,
        dropHeaders: message_drop_headers.map((name) => name.toLowerCase()),
        tlsLevel: "none",
        forbidBareNewline: "normalize",
        forbidUnauthPipelining: false,
        discardEhloKeywords: ["etrn"],
        errorSleepMs: 0,
      }),
    });
  }

  async start(): Promise<void> {
    await this.#perform(this.#engine.open(this.#context.clock.now()));
  }

  async take(input: Input<SmtpAnswer>): Promise<void> {
    await this.#perform(this.#engine.step(input, this.#context.clock.now()));
  }

  async #perform(effects: readonly Effect<SmtpQuestion>[]): Promise<void> {
    for (const effect of effects) {
      switch (effect.kind) {
        case "send":
          await this.#context.printBytes(effect.bytes);
          break;
        case "ask":
          return await this.take({ kind: "answer", answer: await this.#answer(effect.question) });
        case "body":
          this.#body.push(effect.bytes);
          break;
        case "discard":
          await this.#giveUp();
          break;
        case "close":
          this.isClosed = true;
          return await this.#giveUp();
        case "stream":
        case "starttls":
        case "deadline":
        case "log":
        case "pause":
      }
    }
  }

  async #answer(question: SmtpQuestion): Promise<SmtpAnswer> {
    try {
      switch (question.kind) {
        case "connect":
          return { kind: "proceed", clientName: "localhost" };
        case "data":
          this.#entry = await (await openSpool(this.#context, this.#settings)).begin();
          return { kind: "proceed" };
        case "commit":
          return { kind: "queued", id: await this.#commit(question.transaction) };
        default:
          return { kind: "proceed" };
      }
    } catch (thrown) {
      this.#context.complain(failureText(thrown));
      await this.#giveUp();
      return thrown instanceof PermFailure
        ? { kind: "reply", reply: reply(554, thrown.status, `Error: ${thrown.text}`) }
        : { kind: "reply", reply: reply(451, "4.3.0", "Error: queue file write error") };
    }
  }

  async #commit({ sender, parameters, recipients, has8Bit }: Transaction): Promise<string> {
    const { clock } = this.#context;
    const { myhostname, mail_name } = this.#settings;
    const entry = this.#entry!;
    const nowMs = clock.now();
    const date = formatDateTime(nowMs, -new Date(nowMs).getTimezoneOffset());
    const received =
      `Received: by ${myhostname} (${mail_name}, from userid ${this.#uid})\n\tid ${entry.id}; ${date}\n`;
    await entry.write(concatBytes([latin1Bytes(received), ...this.#body]));
    await entry.commit({
      sender,
      recipients: recipients.map(({ address, parameters: { notify, originalRecipient } }) => ({
        address,
        original: address,
        notify,
        dsnOriginal: originalRecipient,
      })),
      arrivedMs: nowMs,
      attributes: { rewrite_context: "local", uid: String(this.#uid) },
      smtpUtf8: parameters.smtpUtf8,
      body: has8Bit || parameters.body === "8BITMIME" ? "8BITMIME" : "7BIT",
      ret: parameters.ret,
      envelopeId: parameters.envelopeId,
    });
    this.#entry = undefined;
    this.#body = [];
    await wakeServer(this.#context, this.#settings);
    return entry.id;
  }

  async #giveUp(): Promise<void> {
    await this.#entry?.abort().catch(() => {});
    this.#entry = undefined;
    this.#body = [];
  }
}
