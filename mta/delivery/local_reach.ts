/** Getting a message to one destination of a local recipient: mailbox, file, command, or another's words for why not. */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import type { Clock } from "../../tools/kit/base/clock.ts";
import { PermFailure, TempFailure } from "../../tools/kit/base/failure.ts";
import type { Log } from "../../tools/kit/base/log.ts";

import type { Disk } from "../../store/file/disk.ts";
import { DiskError } from "../../store/file/disk.ts";
import type { PersonFiles } from "../../store/mailbox/mailbox_locks.ts";
import { formatFromLine } from "../../store/mbox/from_line.ts";
import type { DeliveryOutcome, QueuedRecipient } from "../../store/spool/spool.ts";
import type { User, Users } from "../../store/users/users.ts";

import type { Destination } from "../address/expansion_tree.ts";
import type { Actor, Actors } from "./actors.ts";
import { commandEnvironment, commandOutcome, commandWords, maxOutputOctets } from "./command.ts";
import type { DeliveryJob } from "./delivery.ts";
import { delivered, undelivered } from "./delivery.ts";
import type { LocalDeliverySettings } from "./local_settings.ts";
import type { LocalSystem } from "./local_system.ts";
import type { MailboxOwner, MailboxWriter, MailCopy } from "./mail_copy.ts";
import { deliveryHeader } from "./mail_copy.ts";
import { mailboxOwner } from "./user_mailbox.ts";

/** Where a user's mail goes. */
export interface MailboxLocation {
  readonly format: "maildir" | "mbox";
  /** A directory, or a file; absolute. */
  readonly path: string;
}

export interface LocalReachOptions {
  readonly users: Pick<Users, "find">;
  readonly locate: (user: User) => MailboxLocation;
  readonly writers: Readonly<Record<MailboxLocation["format"], MailboxWriter>>;
  readonly disk: Disk;
  readonly actors: Actors;
  readonly system: LocalSystem;
  readonly settings: LocalDeliverySettings;
  /** A message is in a mailbox: whoever watches it wants to know. */
  readonly onDelivered: (user: string, mailbox: string) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** A message for one destination. */
export interface LocalErrand {
  readonly job: DeliveryJob;
  readonly recipient: QueuedRecipient;
  /** The envelope's, or an owner-NAME. */
  readonly sender: string;
}

type Of<Kind extends Destination["kind"]> = Extract<Destination, { kind: Kind }>;

const mayBeRun = 0o111;

export class LocalReach {
  readonly #options: LocalReachOptions;

  constructor(options: LocalReachOptions) {
    this.#options = options;
  }

  /** @throws TempFailure, PermFailure in the words of local(8) */
  async reach(
    errand: LocalErrand,
    destination: Exclude<Destination, { kind: "forward" | "transport" }>,
  ): Promise<DeliveryOutcome> {
    switch (destination.kind) {
      case "user":
        return await this.#mailbox(errand, destination);
      case "file":
        return await this.#file(errand, destination);
      case "command":
        return await this.#command(errand, destination);
      case "discarded":
        this.#options.log.write("warning", destination.reason);
        return delivered("discarded");
      case "refused":
        return undelivered(destination.status, destination.text);
    }
  }

  async #mailbox(errand: LocalErrand, { recipient }: Of<"user">): Promise<DeliveryOutcome> {
    const { users, locate, writers, onDelivered, settings } = this.#options;
    const user = await users.find(recipient.user);
    if (user === undefined) return undelivered("4.3.0", "user lookup error");
    const { format, path } = locate(user);
    const isOwnerChecked = settings.strictMailboxOwnership;
    const owner = await mailboxOwner(user, path, { ...this.#options, isOwnerChecked });
    await writers[format].deliver(path, this.#copy(errand), owner);
    onDelivered(user.name, "INBOX");
    return delivered(format === "maildir" ? "delivered to maildir" : "delivered to mailbox");
  }

  async #file(errand: LocalErrand, destination: Of<"file">): Promise<DeliveryOutcome> {
    const { writers } = this.#options;
    const actor = await this.#options.actors.find(destination.as);
    const path = destination.path.replace(/^~/, actor.home ?? "~");
    if (!path.startsWith("/")) throw new PermFailure("5.3.5", `unknown home directory for: ${path}`);
    const text = `delivered to file: ${path}`;
    if (path === "/dev/null") return delivered(text);
    const owner: MailboxOwner = {
      user: actor.name,
      ...actor.person,
      as: this.#filesFor(actor),
      isOwnerChecked: false,
      failurePrefix: path.endsWith("/")
        ? "maildir delivery failed: "
        : `cannot append message to file ${path}: `,
    };
    const isMaildir = path.endsWith("/");
    if (!isMaildir) {
      const info = await (owner.as?.disk ?? this.#options.disk).lstat(path).catch(() => undefined);
      if (info?.kind === "file" && (info.mode & mayBeRun) !== 0) {
        throw new PermFailure("5.7.1", `${owner.failurePrefix}file is executable`);
      }
    }
    await writers[isMaildir ? "maildir" : "mbox"].deliver(path, this.#copy(errand), owner).catch((thrown) => {
      throw isDenied(thrown) ? new PermFailure("5.2.0", thrown.text, { cause: thrown }) : thrown;
    });
    return delivered(isMaildir ? "delivered to maildir" : text);
  }

  async #command(errand: LocalErrand, destination: Of<"command">): Promise<DeliveryOutcome> {
    const { actors, system, settings, clock } = this.#options;
    const { job, recipient, sender } = errand;
    const { command, address } = destination;
    const actor = await actors.find(destination.as);
    const { prefix, content } = this.#copy(errand);
    const first = utf8Bytes(`${formatFromLine(sender, clock.now())}\n`);
    const input = async function* (): AsyncGenerator<Bytes> {
      yield first;
      yield prefix;
      yield* content();
    };
    const end = await system.run({
      words: commandWords(command, settings.commandShell),
      environment: commandEnvironment({
        message: job.message,
        recipient,
        local: destination.recipient,
        address,
        sender,
        actor,
        filter: settings.commandExpansionFilter,
      }),
      directory: settings.commandDirectory || "/",
      person: actor.person,
      input: input(),
      limitMs: settings.commandTimeLimitMs,
      maxOutputOctets,
    });
    return commandOutcome(end, command);
  }

  #filesFor({ person }: Actor): PersonFiles | undefined {
    const { system } = this.#options;
    return person.uid === system.own.uid ? undefined : system.filesOf(person);
  }

  #copy({ job, recipient, sender }: LocalErrand): MailCopy {
    return { sender, prefix: deliveryHeader(sender, recipient), content: () => job.content() };
  }
}

/** Who may not write there will not be allowed to later, either (local(8) bounces it). */
function isDenied(thrown: unknown): thrown is TempFailure {
  return thrown instanceof TempFailure && thrown.cause instanceof DiskError && thrown.cause.code === "denied";
}

/** Trouble that has local(8)'s words. */
export function isLocalFailure(thrown: unknown): thrown is TempFailure | PermFailure {
  return thrown instanceof TempFailure || thrown instanceof PermFailure;
}
