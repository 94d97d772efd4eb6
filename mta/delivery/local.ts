/**
 * Local delivery (local(8)): a recipient becomes, by the alias tables, users and remote addresses; users' mailboxes get
 * the message, and remote addresses get it as a new message in the queue.
 *
 * DIAGNOSTICS: 5.1.1 `unknown user: "USER"`; 5.4.6 `mail forwarding loop for ADDRESS` when a Delivered-To: line names
 * the recipient already; 4.3.0 `alias database unavailable` and `user database unavailable` when a table cannot be read;
 * what the mailbox writers say.
 *
 * When an alias stands for several destinations and one must wait, the recipient waits; those that have the message are
 * remembered while this process lives, so that they do not get it again.
 */

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import type { Clock } from "../../tools/kit/base/clock.ts";
import { failureText, PermFailure, TempFailure } from "../../tools/kit/base/failure.ts";
import type { Log } from "../../tools/kit/base/log.ts";

import type { DeliveryOutcome, QueuedRecipient, QueueId, Spool } from "../../store/spool/spool.ts";
import type { Table, TableHit } from "../../store/table/table.ts";
import type { User, Users } from "../../store/users/users.ts";

import type { Destination, ExpansionSettings } from "../address/expansion.ts";
import { expandRecipient } from "../address/expansion.ts";
import type { DeliveryJob, DeliveryReport, DeliveryStep, Transport } from "./delivery.ts";
import { delivered, undelivered } from "./delivery.ts";
import type { MailboxWriter } from "./mail_copy.ts";
import { deliveryHeader, wasDeliveredTo } from "./mail_copy.ts";

/** Where a user's mail goes. */
export interface MailboxLocation {
  readonly format: "maildir" | "mbox";
  /** A directory, or a file; absolute. */
  readonly path: string;
}

export interface LocalDeliveryOptions {
  readonly users: Users;
  /** postconf(5) alias_maps, asked in order. */
  readonly aliases: readonly Table[];
  readonly settings: ExpansionSettings;
  readonly locate: (user: User) => MailboxLocation;
  readonly writers: Readonly<Record<MailboxLocation["format"], MailboxWriter>>;
  readonly spool: Spool;
  /** A message for a remote address was queued. */
  readonly onForwarded: (id: QueueId) => void;
  /** A message is in a mailbox: whoever watches it wants to know. */
  readonly onDelivered: (user: string, mailbox: string) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** Recipients of one message that are served at the same time. */
const maxAtOnce = 10;
/** Accounts that a site must have: mail to them is thrown away rather than refused when they lead nowhere (local(8)). */
const requiredAliases: readonly string[] = ["postmaster", "mailer-daemon"];

export class LocalDelivery implements Transport {
  readonly name = "local";
  readonly #options: LocalDeliveryOptions;
  /** By message and recipient: destinations that have the message already. */
  readonly #reached = new Map<string, Map<string, DeliveryOutcome>>();

  constructor(options: LocalDeliveryOptions) {
    this.#options = options;
  }

  async deliver(job: DeliveryJob, done: (recipient: number, report: DeliveryReport) => void): Promise<void> {
    const waiting = job.recipients.values();
    const serve = async () => {
      for (const index of waiting) done(index, await this.#deliver(job, index));
    };
    await Promise.all(Array.from({ length: Math.min(maxAtOnce, job.recipients.length) }, serve));
  }

  async #deliver(job: DeliveryJob, index: number): Promise<DeliveryReport> {
    const recipient = job.message.envelope.recipients[index]!;
    const key = `${job.message.id} ${index}`;
    try {
      if (await wasDeliveredTo(recipient.address, job.content())) {
        return this.#report(recipient, undelivered("5.4.6", `mail forwarding loop for ${recipient.address}`));
      }
      const destinations = await this.#expand(recipient.address);
      const reached = this.#reached.get(key) ?? new Map<string, DeliveryOutcome>();
      const steps: DeliveryStep[] = [];
      for (const destination of destinations) {
        const name = `${destination.kind} ${destination.address}`;
        if (reached.has(name)) continue;
        const step = await this.#reach(job, recipient, destination);
        steps.push(step);
        if (step.outcome.kind === "delivered") reached.set(name, step.outcome);
      }
      const outcome = overall(steps, reached);
      if (outcome.kind === "deferred" && reached.size > 0) this.#reached.set(key, reached);
      else this.#reached.delete(key);
      return { outcome, steps };
    } catch (thrown) {
      return this.#report(recipient, this.#outcomeOf(thrown));
    }
  }

  async #expand(address: string): Promise<readonly Destination[]> {
    const expansion = expandRecipient(address, this.#options.settings);
    let step = expansion.next();
    while (step.done !== true) step = expansion.next(await this.#alias(step.value));
    return step.value;
  }

  async #alias(name: string): Promise<TableHit | undefined> {
    for (const table of this.#options.aliases) {
      try {
        const hit = await table.lookup(name);
        if (hit !== undefined) return hit;
      } catch (thrown) {
        if (!(thrown instanceof TempFailure)) throw thrown;
        throw new TempFailure("4.3.0", "alias database unavailable", { cause: thrown });
      }
    }
    return undefined;
  }

  async #reach(
    job: DeliveryJob,
    recipient: QueuedRecipient,
    destination: Destination,
  ): Promise<DeliveryStep> {
    const { clock } = this.#options;
    const startMs = clock.monotonic();
    let outcome: DeliveryOutcome;
    try {
      switch (destination.kind) {
        case "user":
          outcome = await this.#reachUser(job, recipient, destination.recipient.user);
          break;
        case "remote":
          outcome = await this.#forward(job, recipient, destination.address);
          break;
        case "refused":
          outcome = undelivered(destination.status, destination.text);
      }
    } catch (thrown) {
      outcome = this.#outcomeOf(thrown);
    }
    return {
      address: destination.address,
      relay: "local",
      outcome,
      connectMs: 0,
      transmitMs: clock.monotonic() - startMs,
    };
  }

  async #reachUser(job: DeliveryJob, recipient: QueuedRecipient, name: string): Promise<DeliveryOutcome> {
    const { users, locate, writers, onDelivered, log } = this.#options;
    const user = await users.find(name);
    if (user === undefined) {
      if (!requiredAliases.includes(name)) return undelivered("5.1.1", `unknown user: "${name}"`);
      log.write("warning", `required alias not found: ${name}`);
      return delivered("discarded");
    }
    const { format, path } = locate(user);
    const { sender } = job.message.envelope;
    const copy = { sender, prefix: deliveryHeader(sender, recipient), content: () => job.content() };
    await writers[format].deliver(path, copy, { user: user.name, uid: user.uid, gid: user.gid });
    onDelivered(user.name, "INBOX");
    return delivered(format === "maildir" ? "delivered to maildir" : "delivered to mailbox");
  }

  /** A new message, so that what happens on the way out has its own place in the queue. */
  async #forward(job: DeliveryJob, recipient: QueuedRecipient, address: string): Promise<DeliveryOutcome> {
    const { spool, clock, onForwarded } = this.#options;
    const { envelope } = job.message;
    const entry = await spool.begin();
    try {
      // The line ends loops: should the message come back to this recipient, it is refused.
      await entry.write(utf8Bytes(`Delivered-To: ${recipient.address}\n`));
      for await (const chunk of job.content()) await entry.write(chunk);
      const { notify, dsnOriginal } = recipient;
      await entry.commit({
        ...envelope,
        arrivedMs: clock.now(),
        recipients: [{ address, original: recipient.original, notify, dsnOriginal }],
      });
    } catch (thrown) {
      await entry.abort();
      throw thrown;
    }
    onForwarded(entry.id);
    return delivered(`forwarded as ${entry.id}`);
  }

  /** Trouble as an outcome; what is no failure of the world is for the log, and the message waits. */
  #outcomeOf(thrown: unknown): DeliveryOutcome {
    if (thrown instanceof TempFailure || thrown instanceof PermFailure) {
      return undelivered(thrown.status, thrown.text);
    }
    this.#options.log.write("error", `local delivery: ${failureText(thrown)}`);
    return undelivered("4.3.0", "local delivery: internal error");
  }

  #report(recipient: QueuedRecipient, outcome: DeliveryOutcome): DeliveryReport {
    const step = { address: recipient.address, relay: "local", outcome, connectMs: 0, transmitMs: 0 };
    return { outcome, steps: [step] };
  }
}

/** The fate of a recipient whose destinations fared differently: one that must wait, else one that failed, decides. */
function overall(
  steps: readonly DeliveryStep[],
  reached: ReadonlyMap<string, DeliveryOutcome>,
): DeliveryOutcome {
  for (const kind of ["deferred", "failed"] as const) {
    const step = steps.find(({ outcome }) => outcome.kind === kind);
    if (step !== undefined) return step.outcome;
  }
  return steps.at(-1)?.outcome ?? [...reached.values()].at(-1) ?? delivered("delivered to mailbox");
}
