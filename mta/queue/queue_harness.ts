/** A queue with local delivery on a simulated disk, for the tests of this folder. */

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { ManualClock } from "../../tools/kit/base/clock.ts";
import type { Log } from "../../tools/kit/base/log.ts";
import { SeededRandom } from "../../tools/kit/base/random.ts";

import type { Disk } from "../../store/file/disk.ts";
import { SimDisk } from "../../store/file/sim_disk.ts";
import { Dotlocks } from "../../store/mailbox/dotlock.ts";
import { FileSpool } from "../../store/spool/file_spool.ts";
import type { QueueEnvelope, QueueId, Spool } from "../../store/spool/spool.ts";

import { defaultExpansionSettings, localDomains } from "../address/local_settings.ts";
import type { Transport } from "../delivery/delivery.ts";
import { dotlocks } from "../delivery/dotlock.ts";
import { LocalDelivery } from "../delivery/local.ts";
import type { MailboxLocation } from "../delivery/local_reach.ts";
import { defaultLocalDeliverySettings } from "../delivery/local_settings.ts";
import { MaildirWriter } from "../delivery/maildir_writer.ts";
import { MboxWriter } from "../delivery/mbox_writer.ts";
import { createNamedRoute, unavailableTransport } from "../delivery/routing.ts";
import { routeByDomain } from "../delivery/testing_routing.ts";
import { testingSystem } from "../delivery/testing_system.ts";
import { QueueManager } from "./queue_manager.ts";
import type { QueueSettings } from "./schedule.ts";
import { defaultQueueSettings } from "./schedule.ts";
import type { ReportSettings } from "./send_report.ts";
import { defaultReportSettings } from "./send_report.ts";

export interface HarnessOptions {
  readonly disk?: SimDisk;
  readonly clock?: ManualClock;
  readonly aliases?: Readonly<Record<string, string>>;
  /** Users u1, u2, ... whose mail is kept in this form. */
  readonly format?: MailboxLocation["format"];
  readonly settings?: Partial<QueueSettings>;
  readonly reports?: Partial<ReportSettings>;
  /** Takes mail for elsewhere; absent: nobody does. */
  readonly elsewhere?: Transport;
}

export interface Harness {
  readonly disk: SimDisk;
  readonly clock: ManualClock;
  readonly spool: FileSpool;
  readonly manager: QueueManager;
  /** Log lines, `PART LEVEL: TEXT`. */
  readonly lines: string[];
  /** `USER MAILBOX`, as `onDelivered` was called. */
  readonly told: string[];
}

/** Opens the queue at /q as a start of the server would; the manager is not started. */
export async function openHarness(options: HarnessOptions = {}): Promise<Harness> {
  const clock = options.clock ?? new ManualClock();
  const disk = options.disk ?? new SimDisk({ now: () => clock.now() });
  const format = options.format ?? "maildir";
  const lines: string[] = [];
  const told: string[] = [];
  const logOf = (part: string): Log => ({
    write: (level, text) => lines.push(`${part} ${level}: ${text}`),
    part: logOf,
  });
  const log = logOf("-");
  const spool = await FileSpool.open({ disk, directory: "/q", clock, log });
  const isLocalDomain = (domain: string) => domain === "ref.test";
  const process = { id: 1, host: "mx", isGone: () => Promise.resolve(false) };
  const locks = dotlocks(new Dotlocks({ disk, clock, random: new SeededRandom(2), log, process }));
  const local = new LocalDelivery({
    users: {
      find: (name) => Promise.resolve(/^u\d+$/.test(name) ? { name, home: `/home/${name}` } : undefined),
    },
    tables: {
      open: (name) => ({
        name,
        fixed: true,
        lookup: (key) => Promise.resolve(aliasOf(options.aliases ?? {}, key)),
        close: () => {},
      }),
    },
    settings: defaultExpansionSettings({
      myorigin: "ref.test",
      recipientDelimiter: "+",
      isLocal: localDomains(isLocalDomain),
      aliasMaps: ["inline:aliases"],
    }),
    delivery: defaultLocalDeliverySettings(),
    disk,
    system: testingSystem(disk),
    locate: ({ home }) => ({ format, path: `${home}/${format}` }),
    writers: {
      maildir: new MaildirWriter({
        disk,
        clock,
        random: new SeededRandom(1),
        hostname: "mx.ref.test",
        maxOctets: () => 0,
      }),
      mbox: new MboxWriter({ disk, clock, locks, maxOctets: () => 0 }),
    },
    spool,
    named: (filter, address) => named(filter, address),
    onForwarded: (id) => manager.accepted(id),
    onDelivered: (user, mailbox) => told.push(`${user} ${mailbox}`),
    clock,
    log,
  });
  const elsewhere = options.elsewhere ?? unavailableTransport("smtp");
  const named = createNamedRoute((name) => [local, elsewhere].find((one) => one.name === name), () => "");
  const manager: QueueManager = new QueueManager({
    spool,
    route: routeByDomain({ isLocalDomain, local, elsewhere }),
    named,
    clock,
    log,
    hostname: "mx.ref.test",
    reports: { ...defaultReportSettings("mx.ref.test"), ...options.reports },
    settings: { ...defaultQueueSettings, ...options.settings },
  });
  return { disk, clock, spool, manager, lines, told };
}

function aliasOf(
  aliases: Readonly<Record<string, string>>,
  key: string,
): { readonly value: string } | undefined {
  const value = Object.hasOwn(aliases, key) ? aliases[key] : undefined;
  return value === undefined ? undefined : { value };
}

export interface Mail {
  readonly sender?: string;
  readonly to: readonly string[];
  readonly text: string;
  readonly envelope?: Partial<QueueEnvelope>;
}

/** Queues a message as SMTP would, and gives its id when it is durable. */
export async function queueMail(spool: Spool, clock: ManualClock, mail: Mail): Promise<QueueId> {
  const entry = await spool.begin();
  await entry.write(utf8Bytes(mail.text));
  await entry.commit({
    sender: mail.sender ?? "s@remote.test",
    recipients: mail.to.map((address) => ({ address, original: address })),
    arrivedMs: clock.now(),
    attributes: {},
    smtpUtf8: false,
    body: "7BIT",
    ...mail.envelope,
  });
  return entry.id;
}

/** What is in the mailbox of a user, message by message for a maildir, the whole file for an mbox. */
export async function readMail(disk: Disk, user: string): Promise<readonly string[]> {
  const mbox = `/home/${user}/mbox`;
  if (await disk.stat(mbox) !== undefined) return [new TextDecoder().decode(await disk.readFile(mbox))];
  const directory = `/home/${user}/maildir/new`;
  if (await disk.stat(directory) === undefined) return [];
  const texts: string[] = [];
  for (const { name } of await disk.list(directory)) {
    texts.push(new TextDecoder().decode(await disk.readFile(`${directory}/${name}`)));
  }
  return texts;
}

/** `QUEUE REASONS` of each message. */
export async function queueStates(manager: QueueManager): Promise<readonly string[]> {
  const states: string[] = [];
  for await (const { queue, outcomes } of manager.list()) {
    states.push(`${queue} ${outcomes.map((outcome) => outcome?.text ?? "-").join(", ")}`);
  }
  return states;
}
