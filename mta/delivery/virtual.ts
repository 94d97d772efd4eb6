/**
 * Delivery to virtual mailboxes (virtual(8)): addresses of virtual_mailbox_domains that are users of this server, or that
 * virtual_mailbox_maps has a file or (with `/` at its end) a maildir for, below virtual_mailbox_base and in the name of
 * virtual_uid_maps and virtual_gid_maps. No aliases, no `.forward`.
 *
 * DIAGNOSTICS: 5.1.1 `unknown user: "ADDRESS"`; 4.3.5 `mail system configuration error` for what the log tells of: a uid
 * that is not found, or too low; 4.3.0 `table lookup failure`; what the mailbox writers say, after
 * `delivery failed to mailbox PATH: ` or `maildir delivery failed: `.
 */

import type { Clock } from "../../tools/kit/base/clock.ts";
import { failureText, TempFailure } from "../../tools/kit/base/failure.ts";
import type { Log } from "../../tools/kit/base/log.ts";

import type { Disk } from "../../store/file/disk.ts";
import type { DeliveryOutcome, QueuedRecipient } from "../../store/spool/spool.ts";
import type { Tables } from "../../store/table/table.ts";
import type { User, Users } from "../../store/users/users.ts";

import { findAddress } from "../address/find_address.ts";
import type { FindSettings } from "../address/find_address.ts";
import { isFailure, substitutionRefused } from "../address/lookup.ts";
import type { Maps } from "../address/settings.ts";
import { runAddressEvaluation } from "../reception/run_evaluation.ts";
import type { DeliveryJob, DeliveryReport, Transport } from "./delivery.ts";
import { delivered, undelivered } from "./delivery.ts";
import type { MailboxLocation } from "./local_reach.ts";
import { isLocalFailure } from "./local_reach.ts";
import type { LocalSystem } from "./local_system.ts";
import type { MailboxOwner, MailboxWriter } from "./mail_copy.ts";
import { deliveryHeader } from "./mail_copy.ts";
import { makeDirectories } from "./make_directories.ts";
import { mailboxOwner } from "./user_mailbox.ts";

export interface VirtualSettings {
  readonly addresses: FindSettings;
  readonly mailboxMaps: Maps;
  /** Absolute. */
  readonly mailboxBase: string;
  readonly uidMaps: Maps;
  readonly gidMaps: Maps;
  readonly minimumUid: number;
  readonly strictMailboxOwnership: boolean;
}

/** What a reload may change (`tables`, `settings`) may be getters. */
export interface VirtualDeliveryOptions {
  readonly users: Pick<Users, "find">;
  readonly tables: Tables;
  readonly settings: VirtualSettings;
  /** Where the mail of a user of this server is. */
  readonly locate: (user: User) => MailboxLocation;
  readonly writers: Readonly<Record<MailboxLocation["format"], MailboxWriter>>;
  readonly disk: Disk;
  readonly system: LocalSystem;
  readonly onDelivered: (user: string, mailbox: string) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** Where one address's mail goes. */
interface Place {
  readonly location: MailboxLocation;
  readonly owner: MailboxOwner;
  /** Who may be watching. */
  readonly user?: string;
}

export class VirtualDelivery implements Transport {
  readonly name = "virtual";
  readonly #options: VirtualDeliveryOptions;

  constructor(options: VirtualDeliveryOptions) {
    this.#options = options;
  }

  async deliver(job: DeliveryJob, done: (recipient: number, report: DeliveryReport) => void): Promise<void> {
    await this.#serve(job, done, (recipient) => this.#deliver(job, recipient));
  }

  async verify(job: DeliveryJob, done: (recipient: number, report: DeliveryReport) => void): Promise<void> {
    await this.#serve(job, done, (recipient) => this.#verify(recipient));
  }

  async #serve(
    job: DeliveryJob,
    done: (recipient: number, report: DeliveryReport) => void,
    serve: (recipient: QueuedRecipient) => Promise<DeliveryOutcome>,
  ): Promise<void> {
    const { clock } = this.#options;
    for (const index of job.recipients) {
      const recipient = job.message.envelope.recipients[index]!;
      const startMs = clock.monotonic();
      const outcome = await serve(recipient).catch((thrown) => this.#outcomeOf(thrown));
      const transmitMs = clock.monotonic() - startMs;
      const step = { address: recipient.address, relay: "virtual", outcome, connectMs: 0, transmitMs };
      done(index, { outcome, steps: [step] });
    }
  }

  async #verify(recipient: QueuedRecipient): Promise<DeliveryOutcome> {
    const address = recipient.address.toLowerCase();
    const user = await this.#options.users.find(address);
    const isUser = user !== undefined && user.isSystem !== true;
    if (!isUser && await this.#find(this.#options.settings.mailboxMaps, address) === undefined) {
      return undelivered("5.1.1", `unknown user: "${address}"`);
    }
    return delivered("delivers to mailbox");
  }

  async #deliver(job: DeliveryJob, recipient: QueuedRecipient): Promise<DeliveryOutcome> {
    const { writers, onDelivered } = this.#options;
    const address = recipient.address.toLowerCase();
    const place = await this.#userPlace(address) ?? await this.#mappedPlace(address);
    if (place === undefined) return undelivered("5.1.1", `unknown user: "${address}"`);
    const { location: { format, path }, owner, user } = place;
    const { sender } = job.message.envelope;
    const copy = { sender, prefix: deliveryHeader(sender, recipient), content: () => job.content() };
    await writers[format].deliver(path, copy, owner);
    if (user !== undefined) onDelivered(user, "INBOX");
    return delivered(format === "maildir" ? "delivered to maildir" : "delivered to mailbox");
  }

  /** A user by the whole address. */
  async #userPlace(address: string): Promise<Place | undefined> {
    const { users, locate, disk, system, settings } = this.#options;
    const user = await users.find(address);
    if (user === undefined || user.isSystem === true) return undefined;
    const location = locate(user);
    const owner = await mailboxOwner(user, location.path, {
      system,
      disk,
      isOwnerChecked: settings.strictMailboxOwnership,
    });
    return { location, owner, user: user.name };
  }

  async #mappedPlace(address: string): Promise<Place | undefined> {
    const { settings, disk, system } = this.#options;
    const { mailboxMaps, mailboxBase, strictMailboxOwnership } = settings;
    const value = await this.#find(mailboxMaps, address);
    if (value === undefined) return undefined;
    const path = `${mailboxBase.replace(/\/+$/, "")}/${value.replace(/^\/+/, "").replace(/\/+$/, "")}`;
    const isMaildir = value.endsWith("/");
    const person = {
      uid: await this.#number("uid", settings.uidMaps, address),
      gid: await this.#number("gid", settings.gidMaps, address),
    };
    const owner: MailboxOwner = {
      user: address,
      ...person,
      isOwnerChecked: strictMailboxOwnership,
      failurePrefix: isMaildir ? "maildir delivery failed: " : `delivery failed to mailbox ${path}: `,
    };
    // The base is the administrator's; what is below it is made, and written, as the maps say.
    await makeDirectories(disk, mailboxBase, owner);
    const as = person.uid === system.own.uid ? undefined : system.filesOf(person);
    return { location: { format: isMaildir ? "maildir" : "mbox", path }, owner: { ...owner, as } };
  }

  /** @throws TempFailure */
  async #find(maps: Maps, address: string): Promise<string | undefined> {
    const { tables, users, settings, log } = this.#options;
    const steps = findAddress(maps, address, settings.addresses, ["full", "noExtension", "atDomain"]);
    const hit = await runAddressEvaluation(steps, { tables, users });
    if (!isFailure(hit) && hit?.substituted !== true) return hit?.value;
    log.write("warning", isFailure(hit) ? hit.failure : substitutionRefused(hit.table, hit.line));
    throw new TempFailure("4.3.0", "table lookup failure");
  }

  /** @throws TempFailure */
  async #number(kind: "uid" | "gid", maps: Maps, address: string): Promise<number> {
    const { log, settings } = this.#options;
    const name = `virtual_${kind}_maps`;
    const value = await this.#find(maps, address);
    const least = kind === "uid" ? settings.minimumUid : 1;
    if (value !== undefined && /^\d{1,10}$/.test(value) && Number(value) >= least) return Number(value);
    log.write(
      "warning",
      value === undefined
        ? `recipient ${address}: not found in ${name}`
        : `recipient ${address}: bad ${kind} ${value} in ${name}`,
    );
    throw new TempFailure("4.3.5", "mail system configuration error");
  }

  #outcomeOf(thrown: unknown): DeliveryOutcome {
    if (isLocalFailure(thrown)) return undelivered(thrown.status, thrown.text);
    this.#options.log.write("error", `virtual delivery: ${failureText(thrown)}`);
    return undelivered("4.3.0", "virtual delivery: internal error");
  }
}
