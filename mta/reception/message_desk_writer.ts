/**
 * One message on its way from a session into the queue, through what cleanup(8) does: its envelope is made ready when it
 * begins, its octets as they pass. What is wrong with it is answered at its end, as Postfix does.
 */

import { concatBytes, utf8Bytes } from "../../tools/kit/base/bytes.ts";
import type { Log } from "../../tools/kit/base/log.ts";
import { isLoopback } from "../../tools/kit/mail/ip.ts";

import type { QueueEnvelope, QueueId, SpoolEntry } from "../../store/spool/spool.ts";

import { isFailure } from "../address/lookup.ts";
import { ContentCleaner, type ContentOptions, needsCleaning } from "../cleanup/content_cleaner.ts";
import { cleanEnvelope, EnvelopeCleaner, type EnvelopeFailure } from "../cleanup/envelope.ts";
import type { RewriteContext } from "../cleanup/header_rewrite.ts";
import { isLocalClient } from "../cleanup/local_client.ts";
import type { CleanupSettings } from "../cleanup/settings.ts";
import type { MessageActions } from "../policy/verdict.ts";
import type { SessionFacts, SmtpAnswer } from "../smtp/question.ts";
import { reply } from "../smtp/reply.ts";
import { formatReceived } from "../smtp/trace.ts";
import { newRecipients, queueEnvelope } from "./envelope.ts";
import { smtpdPart } from "./log_relay.ts";
import { missingHeaders, undisclosedHeader } from "./missing_headers.ts";
import type { ReceptionOptions } from "./reception_options.ts";
import { runAddressEvaluation } from "./run_evaluation.ts";
import type { JudgedMessage, OpeningMessage } from "./session_desk.ts";

const writeError: SmtpAnswer = {
  kind: "reply",
  reply: reply(451, "4.3.0", "Error: queue file write error"),
};

export class MessageWriter {
  readonly id: QueueId;
  readonly #options: ReceptionOptions;
  /** Where its octets go: the queue's file, or memory as long as it may not come into the queue at all. */
  #entry: SpoolEntry | undefined;
  readonly #gathered: Uint8Array[] = [];
  readonly #settings: CleanupSettings;
  readonly #facts: SessionFacts;
  #isLocal = false;
  readonly #arrivedMs: number;
  readonly #log: Log;
  readonly #envelope: EnvelopeCleaner;
  #content: ContentCleaner | undefined;
  /** The Message-Id that was made for it. */
  #messageId: string | undefined;
  /** What the client hears at the end, whatever comes. */
  #failure: SmtpAnswer | undefined;

  private constructor(options: ReceptionOptions, id: QueueId, facts: SessionFacts) {
    this.id = id;
    this.#options = options;
    this.#facts = facts;
    this.#settings = options.cleanupFor(facts.service);
    this.#arrivedMs = options.clock.now();
    this.#log = options.log.part("cleanup");
    this.#envelope = new EnvelopeCleaner(this.#settings, "smtp");
  }

  /**
   * Draws an id, and writes what stands above the message. `isWhole`: all of it is at hand, and is kept in memory until its
   * end. @throws TempFailure
   */
  static async begin(
    options: ReceptionOptions,
    opening: OpeningMessage,
    { isWhole }: { readonly isWhole: boolean },
  ): Promise<MessageWriter> {
    const { facts, sender, recipients } = opening;
    const writer = new MessageWriter(options, options.spool.draw(), facts);
    try {
      if (!isWhole) await writer.#open();
      const { clientName, peer, login, service } = facts;
      const sasl = login === undefined ? "" : `, sasl_method=${login.mechanism}, sasl_username=${login.user}`;
      const log = options.log.part(smtpdPart(service));
      log.write("info", `${writer.id}: client=${clientName}[${peer.address}]${sasl}`);
      await writer.#placeClient();
      await writer.#run((envelope) => cleanEnvelope(envelope, sender, newRecipients(recipients)));
      writer.#openContent();
      await writer.write(writer.#top(opening));
    } catch (thrown) {
      await writer.abort();
      throw thrown;
    }
    return writer;
  }

  /** From here on the message has a file in the queue. @throws TempFailure */
  async #open(): Promise<SpoolEntry> {
    const entry = this.#entry = await this.#options.spool.begin(this.id);
    if (this.#gathered.length > 0) await entry.write(concatBytes(this.#gathered.splice(0)));
    return entry;
  }

  /** local_header_rewrite_clients */
  async #placeClient(): Promise<void> {
    const { policyFor, world } = this.#options;
    const { clientName: name, peer: { address }, login, service } = this.#facts;
    const { addresses, localHeaderRewriteClients: items } = this.#settings;
    const isOwn = isLoopback(address) || addresses.ownAddresses.includes(address);
    const { mynetworks } = policyFor(service);
    const client = { name, address, isLoggedIn: login !== undefined, isOwn };
    const result = await runAddressEvaluation(isLocalClient(client, items, { mynetworks }), world);
    if (isFailure(result)) {
      this.#fail(`local_header_rewrite_clients lookup problem: ${result.failure}`, writeError);
    } else this.#isLocal = result;
  }

  /** @throws TempFailure */
  async write(bytes: Uint8Array): Promise<void> {
    const passed = this.#content === undefined
      ? bytes
      : await runAddressEvaluation(this.#content.push(bytes), this.#options.world);
    await this.#pass(passed);
  }

  /** @throws TempFailure; the message is to be aborted then. */
  async commit({ facts, transaction, actions }: JudgedMessage): Promise<SmtpAnswer> {
    const { options, findings } = { options: this.#options, findings: this.#content?.findings };
    if (this.#content !== undefined) {
      await this.#pass(await runAddressEvaluation(this.#content.finish(), options.world));
    }
    const refusal = this.#refusal();
    if (refusal !== undefined) return await this.#dropped(refusal);
    if (actions.discard === true || findings?.discard === true) {
      return await this.#dropped({ kind: "queued", id: this.id });
    }
    const redirect = findings?.redirect ?? actions.redirect;
    await this.#finishEnvelope(actions, redirect);
    if (this.#failure !== undefined) return await this.#dropped(this.#failure);
    const { sender, recipients, expanded } = this.#envelope;
    const filter = findings?.filter ?? actions.filter ?? this.#settings.contentFilter;
    const hold = actions.hold === true || findings?.hold === true;
    const envelope = queueEnvelope(facts, transaction, {
      sender,
      recipients,
      // REDIRECT leaves nothing of what recipients became.
      expanded: expanded.length === 0 || redirect !== undefined ? undefined : expanded,
      arrivedMs: this.#arrivedMs,
      isLocal: this.#isLocal,
      // REDIRECT overrides FILTER (access(5), header_checks(5)).
      filter: redirect !== undefined || filter === "" ? undefined : filter,
    });
    const messageId = `${this.id}: message-id=${transaction.messageId ?? this.#messageId ?? "<>"}`;
    if (this.#entry === undefined && !hold && await this.#deliverDirectly(envelope, messageId)) {
      return { kind: "queued", id: this.id };
    }
    const entry = this.#entry ?? await this.#open();
    await entry.commit(envelope, { hold });
    this.#log.write("info", messageId);
    options.onQueued(this.id, hold ? "hold" : "incoming");
    return { kind: "queued", id: this.id };
  }

  /** Past the queue, if that can be. */
  async #deliverDirectly(envelope: QueueEnvelope, messageId: string): Promise<boolean> {
    const { direct, spool } = this.#options;
    if (direct === undefined) return false;
    const content = concatBytes(this.#gathered);
    const isDone = await direct.deliver(this.id, envelope, content, () => this.#log.write("info", messageId));
    if (isDone) spool.giveBack(this.id);
    return isDone;
  }

  async abort(): Promise<void> {
    if (this.#entry === undefined) this.#options.spool.giveBack(this.id);
    else await this.#entry.abort();
  }

  /** What is over anyway need not be written. */
  async #pass(bytes: Uint8Array): Promise<void> {
    const findings = this.#content?.findings;
    for (const { level, text } of findings?.takeLines() ?? []) this.#log.write(level, text);
    const isOver = this.#failure !== undefined || findings?.failed === true || findings?.discard === true ||
      findings?.rejection !== undefined;
    if (bytes.length === 0 || isOver) return;
    if (this.#entry === undefined) this.#gathered.push(bytes);
    else await this.#entry.write(bytes);
  }

  /** What tables of addresses and checks of the content keep out (cleanup(8)). */
  #refusal(): SmtpAnswer | undefined {
    if (this.#failure !== undefined) return this.#failure;
    const findings = this.#content?.findings;
    const { rejection } = findings ?? {};
    if (rejection !== undefined) {
      const { status, text } = rejection;
      return { kind: "reply", reply: reply(status.startsWith("4") ? 451 : 550, status, text) };
    }
    return findings?.failed === true ? writeError : undefined;
  }

  async #dropped(answer: SmtpAnswer): Promise<SmtpAnswer> {
    await this.abort();
    return answer;
  }

  async #finishEnvelope({ bcc = [] }: MessageActions, redirect: string | undefined): Promise<void> {
    if (bcc.length > 0) await this.#run((envelope) => envelope.addAccessBcc(bcc));
    await this.#run((envelope) => envelope.addAlwaysBcc());
    const wanted = this.#content?.findings.bcc ?? [];
    if (wanted.length > 0) await this.#run((envelope) => envelope.addCheckBcc(wanted));
    if (redirect !== undefined) this.#envelope.redirect(redirect);
  }

  /** One step of the envelope; none after one that failed. */
  async #run(
    step: (envelope: EnvelopeCleaner) => ReturnType<EnvelopeCleaner["addAlwaysBcc"]>,
  ): Promise<void> {
    if (this.#failure !== undefined) return;
    const result = await runAddressEvaluation(step(this.#envelope), this.#options.world);
    for (const warning of this.#envelope.warnings.splice(0)) this.#log.write("warning", warning);
    if (!isFailure(result)) return;
    this.#fail(result.failure, failureReply(result));
  }

  #fail(what: string, answer: SmtpAnswer): void {
    this.#log.write("warning", `${this.id}: ${what} -- message not accepted, try again later`);
    this.#failure = answer;
  }

  #openContent(): void {
    const { clientName, peer, protocol, helo } = this.#facts;
    const { remoteHeaderRewriteDomain, alwaysAddMissingHeaders, undisclosedRecipientsHeader } =
      this.#settings;
    const rewrite: RewriteContext = this.#isLocal
      ? "local"
      : remoteHeaderRewriteDomain === ""
      ? "none"
      : "remote";
    const addsMissing = this.#isLocal || alwaysAddMissingHeaders;
    const options: Omit<ContentOptions, "facts"> = {
      settings: this.#settings,
      rewrite,
      checks: true,
      atHeaderEnd: addsMissing || undisclosedRecipientsHeader !== ""
        ? (names) => this.#missing(names, { addsMissing })
        : undefined,
    };
    if (!needsCleaning(options)) return;
    this.#content = new ContentCleaner({
      ...options,
      facts: {
        id: this.id,
        from: `${clientName}[${peer.address}]`,
        sender: this.#envelope.sender,
        recipient: this.#envelope.trails.findLast(({ kind }) => kind === "recipient")?.address,
        protocol,
        helo,
      },
    });
  }

  #missing(names: ReadonlySet<string>, { addsMissing }: { readonly addsMissing: boolean }): Uint8Array {
    let text = "";
    if (addsMissing) {
      const missing = missingHeaders(names, {
        id: this.id,
        hostname: this.#options.hostname,
        sender: this.#envelope.sender,
        timeMs: this.#arrivedMs,
        zone: this.#options.zone(this.#arrivedMs),
      });
      this.#messageId = missing.messageId;
      text = missing.text;
    }
    return utf8Bytes(text + undisclosedHeader(names, this.#settings.undisclosedRecipientsHeader));
  }

  /** PREPEND, above our own trace. */
  #top({ facts, recipients, smtpUtf8, actions }: OpeningMessage): Uint8Array {
    const { hostname, mailName, showLogin, zone } = this.#options;
    const received = formatReceived(facts, {
      id: this.id,
      smtpUtf8,
      hostname,
      mailName,
      showLogin,
      recipients: recipients.map(({ address }) => address),
      timeMs: this.#arrivedMs,
      zone: zone(this.#arrivedMs),
    });
    const prepended = actions.prepend ?? [];
    return utf8Bytes(`${prepended.map((line) => `${line}\n`).join("")}${received}`);
  }
}

function failureReply(failure: EnvelopeFailure): SmtpAnswer {
  return "status" in failure
    ? { kind: "reply", reply: reply(451, failure.status, failure.text) }
    : writeError;
}
