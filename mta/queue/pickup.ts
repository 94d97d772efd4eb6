/**
 * Mail that programs of this machine leave in `maildrop`, made ready for the queue (pickup(8), cleanup(8)): addresses in
 * envelope and header are made whole, copies and aliases added, the content checked.
 *
 * A message is written anew over itself, which is one rename, and moved into the queue then: a crash in between leaves it
 * marked as ready, and it is only moved. What an administrator gave back to `maildrop` (postsuper -r) is made ready anew,
 * for those who do not have it yet. What tables cannot tell now is tried again when `maildrop` is next looked into;
 * what they refuse for good goes back to its sender.
 */

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import type { Clock } from "../../tools/kit/base/clock.ts";
import { failureText } from "../../tools/kit/base/failure.ts";
import type { Log } from "../../tools/kit/base/log.ts";

import type { DeliveryOutcome, QueuedMessage, QueueId, Spool, SpoolEntry } from "../../store/spool/spool.ts";

import type { Evaluation } from "../address/lookup.ts";
import { isFailure } from "../address/lookup.ts";
import { ContentCleaner } from "../cleanup/content_cleaner.ts";
import { cleanEnvelope, EnvelopeCleaner, type EnvelopeFailure } from "../cleanup/envelope.ts";
import type { CleanupSettings } from "../cleanup/settings.ts";
import { missingHeaders, undisclosedHeader } from "../reception/missing_headers.ts";
import { type AddressWorld, runAddressEvaluation } from "../reception/run_evaluation.ts";
import type { Zone } from "../smtp/trace.ts";

/** The part of the spool that knows `maildrop`. */
export interface DropSpool extends Pick<Spool, "find" | "content" | "hold" | "remove"> {
  dropped(): Promise<readonly QueueId[]>;
  rewrite(id: QueueId): Promise<SpoolEntry>;
  take(id: QueueId): Promise<void>;
}

export interface PickupOptions {
  readonly spool: DropSpool;
  readonly settings: () => CleanupSettings;
  readonly world: AddressWorld;
  readonly clock: Clock;
  readonly log: Log;
  readonly hostname: string;
  readonly zone: (timeMs: number) => Zone;
  /** Reports to the sender that all recipients have failed; the ids of the reports. */
  readonly bounce: (message: QueuedMessage, outcome: DeliveryOutcome) => Promise<readonly QueueId[]>;
}

export interface PickedUp {
  readonly id: QueueId;
  readonly place: "incoming" | "hold";
}

export class Pickup {
  readonly #options: PickupOptions;
  /** One at a time: two would write the same file. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: PickupOptions) {
    this.#options = options;
  }

  /** What is in the queue now, and reports about what is not. */
  collect(): Promise<readonly PickedUp[]> {
    const collected = this.#last.then(() => this.#collect());
    this.#last = collected.catch(() => {});
    return collected;
  }

  async #collect(): Promise<readonly PickedUp[]> {
    const { spool, log } = this.#options;
    const picked: PickedUp[] = [];
    for (const id of await spool.dropped()) {
      try {
        picked.push(...await this.#pick(id));
      } catch (thrown) {
        log.part("pickup").write("warning", `${id}: ${failureText(thrown)}; it stays in maildrop`);
      }
    }
    return picked;
  }

  async #pick(id: QueueId): Promise<readonly PickedUp[]> {
    const { spool } = this.#options;
    const message = await spool.find(id);
    if (message === undefined) return [];
    const isAnew = message.marks?.includes("requeued") === true;
    const ready = isAnew ? undefined : message.envelope.ready;
    const place = ready ?? await this.#makeReady(isAnew ? withoutDone(message) : message);
    if (place === "stays" || place === "gone") return [];
    if (typeof place === "object") return place;
    await spool.take(id);
    if (place === "hold") await spool.hold(id);
    return [{ id, place }];
  }

  /** `stays`: there is no telling now. `gone`: nothing is left of it but, perhaps, a report. */
  async #makeReady(
    message: QueuedMessage,
  ): Promise<PickedUp["place"] | "stays" | "gone" | readonly PickedUp[]> {
    const { spool, settings: settingsNow } = this.#options;
    const { id, envelope: given } = message;
    const log = this.#options.log.part("cleanup");
    const { uid = "0", ...attributes } = given.attributes;
    this.#options.log.part("pickup").write("info", `${id}: uid=${uid} from=<${given.sender}>`);

    const settings = settingsNow();
    const envelope = new EnvelopeCleaner(settings, "program");
    if (!await this.#run(id, envelope, cleanEnvelope(envelope, given.sender, given.recipients))) {
      return "stays";
    }
    const content = this.#contentCleaner(message, { settings, envelope });
    const entry = await spool.rewrite(id);
    let isCommitted = false;
    try {
      await this.#copy(id, entry, content);
      const { findings } = content;
      for (const { level, text } of findings.lines) log.write(level, text);
      const { rejection } = findings;
      if (findings.failed || rejection?.status.startsWith("4") === true) return "stays";
      if (rejection !== undefined) {
        const returned = { ...message, envelope: { ...given, sender: envelope.sender } };
        return await this.#return(returned, rejection);
      }
      if (findings.discard) {
        await spool.remove(id);
        return "gone";
      }
      const isWhole = await this.#run(id, envelope, envelope.addAlwaysBcc()) &&
        await this.#run(id, envelope, envelope.addCheckBcc(findings.bcc));
      if (!isWhole) return "stays";
      if (findings.redirect !== undefined) envelope.redirect(findings.redirect);
      const filter = findings.filter ?? settings.contentFilter;
      const ready = findings.hold ? "hold" : "incoming";
      await entry.commit({
        ...given,
        attributes,
        sender: envelope.sender,
        recipients: envelope.recipients,
        expanded: envelope.expanded.length === 0 ? undefined : envelope.expanded,
        filter: findings.redirect !== undefined || filter === "" ? undefined : filter,
        ready,
      });
      isCommitted = true;
      log.write("info", `${id}: message-id=${content.messageId ?? "<>"}`);
      return ready;
    } finally {
      if (!isCommitted) await entry.abort();
    }
  }

  async #copy(id: QueueId, entry: SpoolEntry, content: ContentCleaner): Promise<void> {
    const { spool, world } = this.#options;
    const pass = async (steps: Evaluation<Uint8Array>) => {
      const bytes = await runAddressEvaluation(steps, world);
      if (bytes.length > 0) await entry.write(bytes);
    };
    for await (const chunk of spool.content(id)) await pass(content.push(chunk));
    await pass(content.finish());
  }

  async #return(
    message: QueuedMessage,
    { status, text }: { readonly status: string; readonly text: string },
  ): Promise<readonly PickedUp[]> {
    const { spool, bounce } = this.#options;
    const ids = await bounce(message, { kind: "failed", status, text });
    await spool.remove(message.id);
    return ids.map((id) => ({ id, place: "incoming" }));
  }

  #contentCleaner(
    { id, envelope: { arrivedMs, attributes } }: QueuedMessage,
    { settings, envelope }: { readonly settings: CleanupSettings; readonly envelope: EnvelopeCleaner },
  ): ContentCleaner {
    const { hostname, zone } = this.#options;
    const { sender } = envelope;
    const isRemote = attributes.rewrite_context === "remote";
    return new ContentCleaner({
      settings,
      rewrite: !isRemote ? "local" : settings.remoteHeaderRewriteDomain === "" ? "none" : "remote",
      checks: true,
      facts: {
        id,
        from: "local",
        sender,
        recipient: envelope.trails.findLast(({ kind }) => kind === "recipient")?.address,
      },
      atHeaderEnd: (names) => {
        if (isRemote) return new Uint8Array();
        const facts = { id, hostname, sender, timeMs: arrivedMs, zone: zone(arrivedMs) };
        const undisclosed = undisclosedHeader(names, settings.undisclosedRecipientsHeader);
        return utf8Bytes(missingHeaders(names, facts).text + undisclosed);
      },
    });
  }

  /** False: a table could not be asked. */
  async #run(
    id: QueueId,
    envelope: EnvelopeCleaner,
    step: Evaluation<undefined | EnvelopeFailure>,
  ): Promise<boolean> {
    const log = this.#options.log.part("cleanup");
    const result = await runAddressEvaluation(step, this.#options.world);
    for (const warning of envelope.warnings.splice(0)) log.write("warning", warning);
    if (!isFailure(result)) return true;
    log.write("warning", `${id}: ${result.failure} -- message not accepted, try again later`);
    return false;
  }
}

/** For those who have it, or were given up and reported, a message that comes again is done. */
function withoutDone(message: QueuedMessage): QueuedMessage {
  const { envelope, outcomes } = message;
  const recipients = envelope.recipients.filter((_, index) =>
    (outcomes[index]?.kind ?? "deferred") === "deferred"
  );
  return { ...message, envelope: { ...envelope, recipients } };
}
