/** For tests: local delivery of single messages on a simulated disk. */

import { utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";
import { ManualClock } from "../../tools/kit/base/clock.ts";
import type { Log } from "../../tools/kit/base/log.ts";
import { SeededRandom } from "../../tools/kit/base/random.ts";

import { SimDisk } from "../../store/file/sim_disk.ts";
import type { QueuedRecipient, QueueEnvelope, Spool } from "../../store/spool/spool.ts";
import type { User } from "../../store/users/users.ts";

import type { ExpansionSettings } from "../address/local_settings.ts";
import { defaultExpansionSettings, localDomains } from "../address/local_settings.ts";
import type { DeliveryReport } from "./delivery.ts";
import { LocalDelivery } from "./local.ts";
import type { LocalDeliverySettings } from "./local_settings.ts";
import { defaultLocalDeliverySettings } from "./local_settings.ts";
import { MaildirWriter } from "./maildir_writer.ts";
import { MboxWriter } from "./mbox_writer.ts";
import type { TransportsByName } from "./routing.ts";
import { createNamedRoute } from "./routing.ts";
import { systemMailbox } from "./system_mailbox.ts";
import type { RunCommand } from "./testing_system.ts";
import { testingSystem } from "./testing_system.ts";

/** A message that was queued. */
export interface Queued {
  readonly envelope: QueueEnvelope;
  readonly text: string;
}

export interface LocalTestOptions {
  readonly aliases?: Readonly<Record<string, string>>;
  readonly expansion?: Partial<ExpansionSettings>;
  readonly delivery?: Partial<LocalDeliverySettings>;
  readonly transports?: TransportsByName;
  readonly run?: (command: RunCommand) => { readonly code: number; readonly output?: string };
}

/** Users joe (1001) and ann (1002) of the system with homes in /home, and a virtual user vic. */
export function localTest(options: LocalTestOptions = {}) {
  const clock = new ManualClock();
  const disk = new SimDisk({ now: () => clock.now() });
  const users: readonly User[] = [
    { name: "joe", home: "/home/joe", uid: 1001, gid: 1001, shell: "/bin/sh", isSystem: true },
    { name: "ann", home: "/home/ann", uid: 1002, gid: 1002, shell: "/bin/sh", isSystem: true },
    { name: "vic", home: "/mail/vic" },
  ];
  const system = testingSystem(disk, {
    users: [
      { name: "nobody", uid: 65534, gid: 65534, home: "/" },
      { name: "joe", uid: 1001, gid: 1001, home: "/home/joe" },
    ],
    ...(options.run === undefined ? {} : { run: options.run }),
  });
  const lines: string[] = [];
  const log: Log = { write: (level, text) => void lines.push(`${level}: ${text}`), part: () => log };
  const queued: Queued[] = [];
  const delivery = { ...defaultLocalDeliverySettings(), ...options.delivery };
  const locks = { lock: () => Promise.resolve(() => Promise.resolve()) };
  const maxOctets = () => 0;
  const local = new LocalDelivery({
    users: { find: (name) => Promise.resolve(users.find((user) => user.name === name)) },
    tables: {
      open: (name) => ({
        name,
        fixed: true,
        lookup: (key) => {
          const aliases = options.aliases ?? {};
          return Promise.resolve(Object.hasOwn(aliases, key) ? { value: aliases[key]! } : undefined);
        },
        close: () => {},
      }),
    },
    settings: defaultExpansionSettings({
      myorigin: "ref.test",
      isLocal: localDomains((domain) => domain === "ref.test"),
      recipientDelimiter: "+",
      aliasMaps: ["hash:/etc/aliases"],
      ...options.expansion,
    }),
    delivery,
    locate: (user) =>
      user.isSystem === true
        ? systemMailbox(user, delivery)
        : { format: "maildir", path: `${user.home}/Maildir` },
    writers: {
      maildir: new MaildirWriter({ disk, clock, random: new SeededRandom(1), hostname: "mx", maxOctets }),
      mbox: new MboxWriter({ disk, clock, locks, maxOctets }),
    },
    disk,
    system,
    spool: recordingSpool(queued),
    named: createNamedRoute(options.transports ?? (() => undefined), () => ""),
    onForwarded: () => {},
    onDelivered: () => {},
    clock,
    log,
  });
  const prepare = async () => {
    await disk.mkdir("/var/mail", { mode: 0o777, parents: true });
    await disk.chmod("/var/mail", 0o1777);
    for (const { name, uid } of users.filter(({ isSystem }) => isSystem === true)) {
      await disk.mkdir(`/home/${name}`, { mode: 0o755, parents: true });
      await disk.chown(`/home/${name}`, uid!, uid!);
    }
  };
  /** Delivers to one recipient; each step as `ADDRESS STATUS TEXT`. */
  const deliver = async (
    to: string,
    text = "Subject: x\n\nbody\n",
    changes: Partial<QueuedRecipient> = {},
  ): Promise<readonly string[]> => {
    const content = async function* () {
      yield utf8Bytes(text);
    };
    const reports: DeliveryReport[] = [];
    await local.deliver({
      nexthop: "",
      message: {
        id: "ID",
        queue: "active",
        envelope: {
          sender: "s@remote.test",
          recipients: [{ address: to, original: to, ...changes }],
          arrivedMs: clock.now(),
          attributes: { client_address: "192.0.2.1", helo_name: "h`x" },
          smtpUtf8: false,
          body: "7BIT",
        },
        octets: text.length,
        outcomes: [undefined],
        nextAttemptMs: 0,
        attempts: 0,
      },
      recipients: [0],
      content,
    }, (_index, report) => reports.push(report));
    return reports.flatMap(({ steps }) =>
      steps.map(({ address, outcome }) => `${address} ${outcome.status} ${outcome.text}`)
    );
  };
  /** A file with its owner, as somebody made it. */
  const write = async (
    path: string,
    text: string,
    { uid = 0, mode = 0o644 }: { readonly uid?: number; readonly mode?: number } = {},
  ) => {
    await disk.mkdir(path.slice(0, path.lastIndexOf("/")), { parents: true });
    const file = await disk.open(path, { write: true, create: "ifMissing", truncate: true, mode });
    await file.write(utf8Bytes(text), 0);
    await file.close();
    await disk.chmod(path, mode);
    await disk.chown(path, uid, uid);
  };
  const read = async (path: string) => utf8Text(await disk.readFile(path));
  return { disk, system, lines, queued, prepare, deliver, write, read };
}

function recordingSpool(queued: Queued[]): Spool {
  const unused = () => {
    throw new Error("not used here");
  };
  return {
    draw: unused,
    giveBack: unused,
    mark: unused,
    requeue: unused,
    begin: () => {
      let text = "";
      const id = `N${queued.length + 1}`;
      return Promise.resolve({
        id,
        write: (bytes) => {
          text += utf8Text(Uint8Array.from(bytes));
          return Promise.resolve();
        },
        commit: (envelope) => {
          queued.push({ envelope, text });
          return Promise.resolve();
        },
        abort: () => Promise.resolve(),
      });
    },
    scan: unused,
    find: unused,
    content: unused,
    activate: unused,
    record: unused,
    defer: unused,
    hold: unused,
    release: unused,
    remove: unused,
    finish: unused,
  };
}
