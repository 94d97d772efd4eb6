/**
 * Local delivery (local(8)): a recipient becomes, by alias tables, `~/.forward` and `:include:` files, mailboxes, files,
 * commands and other addresses (`address/expansion.ts`); each gets the message, in the name of whom it belongs to.
 *
 * DIAGNOSTICS: 5.1.1 `unknown user: "USER"`; 5.4.6 `mail forwarding loop for ADDRESS` when a Delivered-To: line names
 * the recipient already; 4.3.0 `alias database unavailable` and `user lookup error` when a table cannot be read; what
 * expansion, commands and mailbox writers say.
 *
 * When a recipient has several destinations and one must wait, the recipient waits; those that have the message are
 * remembered while this process lives, so that they do not get it again.
 *
 * BUGS: files and commands that fail below an owner-NAME are returned to the message's sender.
 */

import type { Clock } from "../../tools/kit/base/clock.ts";
import { failureText } from "../../tools/kit/base/failure.ts";
import type { Log } from "../../tools/kit/base/log.ts";

import type { Disk } from "../../store/file/disk.ts";
import type {
  DeliveryOutcome,
  QueuedRecipient,
  QueueEnvelope,
  QueueId,
  Spool,
} from "../../store/spool/spool.ts";
import type { Tables } from "../../store/table/table.ts";
import type { User, Users } from "../../store/users/users.ts";

import { expandRecipient } from "../address/expansion.ts";
import { keyOf } from "../address/expansion_branch.ts";
import type { Destination, Expansion, ExpansionNode } from "../address/expansion_tree.ts";
import type { ExpansionSettings } from "../address/local_settings.ts";
import { Actors } from "./actors.ts";
import type { DeliveryJob, DeliveryReport, DeliveryStep, NamedRoute, Transport } from "./delivery.ts";
import { delivered, undelivered } from "./delivery.ts";
import { ListFiles } from "./list_files.ts";
import type { Forward } from "./local_forward.ts";
import { forwardMessage, groupForwards } from "./local_forward.ts";
import { passOn } from "./local_pass.ts";
import type { MailboxLocation } from "./local_reach.ts";
import { isLocalFailure, LocalReach } from "./local_reach.ts";
import type { LocalDeliverySettings } from "./local_settings.ts";
import type { LocalSystem } from "./local_system.ts";
import { isExpanded, verifyDestination } from "./local_verify.ts";
import type { LocalWorld } from "./local_world.ts";
import { runLocalEvaluation } from "./local_world.ts";
import type { MailboxWriter } from "./mail_copy.ts";
import { readDeliveredTo } from "./mail_copy.ts";

/** What a reload may change (`tables`, `settings`, `delivery`) may be getters. */
export interface LocalDeliveryOptions {
  readonly users: Pick<Users, "find">;
  readonly tables: Tables;
  readonly settings: ExpansionSettings;
  readonly delivery: LocalDeliverySettings;
  readonly locate: (user: User) => MailboxLocation;
  readonly writers: Readonly<Record<MailboxLocation["format"], MailboxWriter>>;
  readonly disk: Disk;
  readonly system: LocalSystem;
  readonly spool: Spool;
  /** The way that mailbox_transport and fallback_transport name. */
  readonly named: NamedRoute;
  /** Envelopes of messages that are passed on, as cleanup(8) takes them. */
  readonly cleanEnvelope?: (envelope: QueueEnvelope) => Promise<QueueEnvelope>;
  /** A message for another address was queued. */
  readonly onForwarded: (id: QueueId) => void;
  /** A message is in a mailbox: whoever watches it wants to know. */
  readonly onDelivered: (user: string, mailbox: string) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** Recipients of one message that are served at the same time. */
const maxAtOnce = 10;

export class LocalDelivery implements Transport {
  readonly name = "local";
  readonly #options: LocalDeliveryOptions;
  readonly #world: LocalWorld;
  readonly #reach: LocalReach;
  /** By message and recipient: destinations that have the message already. */
  readonly #reached = new Map<string, Map<string, DeliveryOutcome>>();

  constructor(options: LocalDeliveryOptions) {
    const { users, disk, system, locate, writers, clock, log, onDelivered } = options;
    const settings = () => options.delivery;
    const actors = new Actors({
      users,
      system,
      disk,
      get settings() {
        return settings();
      },
    });
    this.#options = options;
    this.#world = {
      users,
      get tables() {
        return options.tables;
      },
      lists: new ListFiles({
        users,
        actors,
        get settings() {
          return settings();
        },
      }),
    };
    this.#reach = new LocalReach({
      users,
      locate,
      writers,
      disk,
      actors,
      system,
      onDelivered,
      clock,
      log,
      get settings() {
        return settings();
      },
    });
  }

  async deliver(job: DeliveryJob, done: (recipient: number, report: DeliveryReport) => void): Promise<void> {
    const waiting = job.recipients.values();
    const serve = async () => {
      for (const index of waiting) done(index, await this.#deliver(job, index));
    };
    await Promise.all(Array.from({ length: Math.min(maxAtOnce, job.recipients.length) }, serve));
  }

  async verify(job: DeliveryJob, done: (recipient: number, report: DeliveryReport) => void): Promise<void> {
    for (const index of job.recipients) done(index, await this.#verify(job, index));
  }

  async #verify(job: DeliveryJob, index: number): Promise<DeliveryReport> {
    const { users, locate } = this.#options;
    const recipient = job.message.envelope.recipients[index]!;
    try {
      const { destinations } = await this.#expand(job, recipient);
      const steps: DeliveryStep[] = [];
      for (const destination of destinations) {
        const user = destination.kind === "user" ? await users.find(destination.recipient.user) : undefined;
        steps.push(verifyDestination(destination, user === undefined ? "mbox" : locate(user).format));
      }
      return { outcome: overall(steps, new Map()), steps };
    } catch (thrown) {
      return this.#failedReport(recipient, thrown);
    }
  }

  async #deliver(job: DeliveryJob, index: number): Promise<DeliveryReport> {
    const recipient = job.message.envelope.recipients[index]!;
    const key = `${job.message.id} ${index}`;
    try {
      const { destinations, tree } = await this.#expand(job, recipient);
      const reached = this.#reached.get(key) ?? new Map<string, DeliveryOutcome>();
      const left = destinations.filter((destination) => !reached.has(keyOf(destination)));
      const steps: DeliveryStep[] = [];
      const note = (served: readonly Destination[], step: DeliveryStep) => {
        steps.push(step);
        if (step.outcome.kind !== "delivered") return;
        for (const destination of served) reached.set(keyOf(destination), step.outcome);
      };
      for (const destination of left) {
        if (destination.kind === "forward") continue;
        const sender = destination.sender ?? job.message.envelope.sender;
        const errand = { job, recipient: shownRecipient(recipient, destination), sender };
        if (destination.kind === "transport") {
          note([destination], await passOn(errand, destination, this.#options.named));
          continue;
        }
        note([destination], await this.#step(destination, () => this.#reach.reach(errand, destination)));
      }
      // What will be tried again sends nothing on before that.
      const isWaiting = steps.some((step) => step.outcome.kind === "deferred");
      const forwards = isWaiting ? [] : left.filter((one): one is Forward => one.kind === "forward");
      for (const group of groupForwards(forwards)) {
        note(group, await this.#step(recipient, () => this.#forward(job, recipient, group)));
      }
      const outcome = overall(steps, reached);
      if (outcome.kind === "deferred" && reached.size > 0) this.#reached.set(key, reached);
      else this.#reached.delete(key);
      const isEnd = outcome.kind !== "delivered" || !isExpanded(tree);
      return { outcome: isEnd ? outcome : { ...outcome, how: "expanded" }, steps };
    } catch (thrown) {
      return this.#failedReport(recipient, thrown);
    }
  }

  #failedReport({ address }: QueuedRecipient, thrown: unknown): DeliveryReport {
    const outcome = this.#outcomeOf(thrown);
    return { outcome, steps: [{ address, relay: "local", outcome, connectMs: 0, transmitMs: 0 }] };
  }

  /**
   * Into the maildir of a user here, if that is all that the message's one recipient comes to. Whatever else it is, or
   * comes in the way, is left to `deliver`: nothing was done then.
   */
  async deliverPlainly(job: DeliveryJob): Promise<DeliveryStep | undefined> {
    const { users, locate } = this.#options;
    const recipient = job.message.envelope.recipients[job.recipients[0]!]!;
    const [destination, ...more] = (await this.#expand(job, recipient)).destinations;
    if (destination?.kind !== "user" || destination.sender !== undefined || more.length > 0) return undefined;
    const user = await users.find(destination.recipient.user);
    if (user === undefined || locate(user).format !== "maildir") return undefined;
    const { sender } = job.message.envelope;
    const step = await this.#step(
      destination,
      () => this.#reach.reach({ job, recipient, sender }, destination),
    );
    return step.outcome.kind === "delivered" ? step : undefined;
  }

  async #expand(job: DeliveryJob, { address }: QueuedRecipient): Promise<Expansion> {
    const { settings } = this.#options;
    const wasDeliveredTo = await readDeliveredTo(job.content());
    const expansion = expandRecipient(address, settings, { wasDeliveredTo });
    const expanded = await runLocalEvaluation(expansion, this.#world);
    this.#tell(job.message.id, expanded.tree);
    return expanded;
  }

  /** Why something was not used that could have been is for the administrator. */
  #tell(id: QueueId, node: ExpansionNode): void {
    for (const text of node.notes) this.#options.log.write("warning", `${id}: ${node.name}: ${text}`);
    for (const child of node.children) this.#tell(id, child);
  }

  async #step(
    { address }: Pick<Destination, "address">,
    reach: () => Promise<DeliveryOutcome>,
  ): Promise<DeliveryStep> {
    const { clock } = this.#options;
    const startMs = clock.monotonic();
    const outcome = await reach().catch((thrown) => this.#outcomeOf(thrown));
    return { address, relay: "local", outcome, connectMs: 0, transmitMs: clock.monotonic() - startMs };
  }

  async #forward(
    job: DeliveryJob,
    recipient: QueuedRecipient,
    group: readonly Forward[],
  ): Promise<DeliveryOutcome> {
    return delivered(`forwarded as ${await forwardMessage(job, recipient, group, this.#options)}`);
  }

  /** Trouble as an outcome; what is no failure of the world is for the log, and the message waits. */
  #outcomeOf(thrown: unknown): DeliveryOutcome {
    if (isLocalFailure(thrown)) return undelivered(thrown.status, thrown.text);
    this.#options.log.write("error", `local delivery: ${failureText(thrown)}`);
    return undelivered("4.3.0", "local delivery: internal error");
  }
}

/** Below an owner-NAME, who writes is the owner: what the recipient was called before is of the list alone. */
function shownRecipient(recipient: QueuedRecipient, { sender }: Destination): QueuedRecipient {
  return sender === undefined ? recipient : { ...recipient, original: "", dsnOriginal: undefined };
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
