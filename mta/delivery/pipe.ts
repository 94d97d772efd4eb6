/**
 * Delivery to programs (pipe(8)): one run of the transport's command for the recipients of a job, in the name of its user.
 *
 * DIAGNOSTICS: what the program's exit status and output mean stands in `command.ts`; 5.2.3 `message too large`; 5.4.6 `mail
 * forwarding loop for ADDRESS` (flag D); 4.3.5 `mail system configuration error` when there is no user to run it as, or one
 * that must not be: the log tells why.
 */

import type { Clock } from "../../tools/kit/base/clock.ts";
import { failureText } from "../../tools/kit/base/failure.ts";
import type { Log } from "../../tools/kit/base/log.ts";
import type { SystemGroup } from "../../tools/kit/os/passwd.ts";
import type { Person } from "../../tools/kit/os/rights.ts";

import type { DeliveryOutcome, QueuedRecipient } from "../../store/spool/spool.ts";

import { commandOutcome, maxOutputOctets, oneLine } from "./command.ts";
import type { DeliveryJob, DeliveryReport, Transport } from "./delivery.ts";
import { delivered, undelivered } from "./delivery.ts";
import type { LocalSystem, SystemUserSource } from "./local_system.ts";
import { readDeliveredTo } from "./mail_copy.ts";
import { pipeWords, unknownMacros } from "./pipe_command.ts";
import { pipeContent } from "./pipe_content.ts";
import type { PipeSettings } from "./pipe_settings.ts";

export interface PipeUsers extends Pick<SystemUserSource, "userByName"> {
  groupByName(name: string): Promise<SystemGroup | undefined>;
}

export interface PipeOptions {
  readonly name: string;
  /** May be a getter: a reload may change them. */
  readonly settings: PipeSettings;
  readonly recipientDelimiter: string;
  readonly users: PipeUsers;
  readonly system: Pick<LocalSystem, "run" | "own">;
  readonly clock: Clock;
  readonly log: Log;
}

/** pipe(8) gives its commands no more than this of ours. */
const environment = { PATH: "/usr/bin:/bin" };

export class PipeTransport implements Transport {
  readonly name: string;
  readonly program = "pipe";
  readonly #options: PipeOptions;

  constructor(options: PipeOptions) {
    this.name = options.name;
    this.#options = options;
  }

  async deliver(job: DeliveryJob, done: (recipient: number, report: DeliveryReport) => void): Promise<void> {
    for (const group of this.#groups(job.recipients)) {
      const { clock } = this.#options;
      const startMs = clock.monotonic();
      const outcome = await this.#outcome(job, group);
      const transmitMs = clock.monotonic() - startMs;
      for (const index of group) {
        const { address } = job.message.envelope.recipients[index]!;
        done(index, { outcome, steps: [{ address, relay: this.name, outcome, connectMs: 0, transmitMs }] });
      }
    }
  }

  verify(job: DeliveryJob, done: (recipient: number, report: DeliveryReport) => void): Promise<void> {
    const outcome = delivered(`delivers to command: ${this.#options.settings.command[0] ?? ""}`);
    for (const index of job.recipients) {
      const { address } = job.message.envelope.recipients[index]!;
      done(index, { outcome, steps: [{ address, relay: this.name, outcome, connectMs: 0, transmitMs: 0 }] });
    }
    return Promise.resolve();
  }

  /** As many recipients for one run as the transport takes; one where lines of the message name the recipient. */
  #groups(recipients: readonly number[]): readonly (readonly number[])[] {
    const { flags, recipientLimit } = this.#options.settings;
    const limit = flags.includes("D") || flags.includes("O") ? 1 : recipientLimit || recipients.length;
    return Array.from(
      { length: Math.ceil(recipients.length / limit) },
      (_, at) => recipients.slice(at * limit, (at + 1) * limit),
    );
  }

  async #outcome(job: DeliveryJob, group: readonly number[]): Promise<DeliveryOutcome> {
    const { settings } = this.#options;
    const recipients = group.map((index) => job.message.envelope.recipients[index]!);
    if (settings.maxOctets > 0 && job.message.octets > settings.maxOctets) {
      return undelivered("5.2.3", "message too large");
    }
    const looping = await this.#looping(job, recipients);
    if (looping !== undefined) return undelivered("5.4.6", `mail forwarding loop for ${looping}`);
    const person = await this.#person().catch((thrown) => failureText(thrown));
    if (typeof person === "string") return this.#misconfigured(person);
    const [strange] = unknownMacros(settings.command);
    if (strange !== undefined) return this.#misconfigured(`unknown macro name: "${strange}"`);
    return await this.#run(job, recipients, person);
  }

  /** The recipient that the message says it was delivered to. */
  async #looping(job: DeliveryJob, recipients: readonly QueuedRecipient[]): Promise<string | undefined> {
    if (!this.#options.settings.flags.includes("D")) return undefined;
    const wasDeliveredTo = await readDeliveredTo(job.content());
    return recipients.find(({ address }) => wasDeliveredTo(address))?.address;
  }

  async #run(
    job: DeliveryJob,
    recipients: readonly QueuedRecipient[],
    person: Person,
  ): Promise<DeliveryOutcome> {
    const { settings, system, clock, recipientDelimiter } = this.#options;
    const errand = { message: job.message, recipients, nexthop: job.nexthop, recipientDelimiter };
    const words = pipeWords(settings, errand);
    const end = await system.run({
      words,
      environment,
      // The queue, which Postfix takes, is closed to all others here.
      directory: settings.directory || "/",
      person,
      input: pipeContent(settings, errand, { content: job.content(), nowMs: clock.now() }),
      limitMs: settings.timeLimitMs,
      maxOutputOctets,
    });
    const outcome = commandOutcome(end, words[0] ?? "");
    if (outcome.kind !== "delivered") return outcome;
    const said = end.kind === "exited" ? oneLine(end.output) : "";
    const text = `delivered via ${this.name} service${said === "" ? "" : ` (${said.slice(0, 100)})`}`;
    const how = settings.flags.includes("X") ? "delivered" : "relayed";
    return { kind: "delivered", status: "2.0.0", text, how };
  }

  /** Whom the program runs as. @throws Error when nobody can be found, or somebody who must not be */
  async #person(): Promise<Person> {
    const { settings, users, system } = this.#options;
    const [userName = "", groupName] = settings.user.split(":");
    if (userName === "") throw new Error("missing user= command-line attribute");
    const user = await users.userByName(userName);
    if (user === undefined) throw new Error(`unknown username: ${userName}`);
    const group = groupName === undefined ? undefined : await users.groupByName(groupName);
    if (groupName !== undefined && group === undefined) throw new Error(`unknown group: ${groupName}`);
    const person = { uid: user.uid, gid: group?.gid ?? user.gid };
    if (person.uid === 0) throw new Error("user= command-line attribute specifies root privileges");
    if (person.gid === 0) throw new Error("user= command-line attribute specifies privileged group id 0");
    // As an unprivileged user this server could not be anybody else.
    if (system.own.uid !== 0) return person;
    const owner = await users.userByName("postfix");
    if (owner !== undefined && person.uid === owner.uid) {
      throw new Error(`user= command-line attribute specifies mail system owner ${owner.name}`);
    }
    return person;
  }

  #misconfigured(reason: string): DeliveryOutcome {
    this.#options.log.write("error", `transport ${this.name}: ${reason}`);
    return undelivered("4.3.5", "mail system configuration error");
  }
}
