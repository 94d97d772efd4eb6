/**
 * What the queue can do: `deno bench -A mta/queue/queue_bench.ts`. One iteration is 1,000 messages of 4 KB, 20 in flight,
 * from `begin` to the maildir (or mbox) and out of the queue, on a real disk below the system's temporary directory.
 */

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { realClock } from "../../tools/kit/base/clock.ts";
import { silentLog } from "../../tools/kit/base/log.ts";
import { realRandom } from "../../tools/kit/base/random.ts";

import { realDisk } from "../../store/file/real_disk.ts";
import { Dotlocks } from "../../store/mailbox/dotlock.ts";
import { FileSpool } from "../../store/spool/file_spool.ts";

import { defaultExpansionSettings, localDomains } from "../address/local_settings.ts";
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
import { defaultQueueSettings } from "./schedule.ts";

const messages = 1000;
const inFlight = 20;
const users = 10;
const content = utf8Bytes(
  `From: s@remote.test\nSubject: bench\n\n${
    "The quick brown fox jumps over the lazy dog, again and again.\n".repeat(65)
  }`,
);

async function deliverAll(format: MailboxLocation["format"]): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "mailsrv-bench-" });
  try {
    const disk = realDisk;
    const clock = realClock;
    const spool = await FileSpool.open({ disk, directory: `${root}/queue`, clock, log: silentLog });
    const isLocalDomain = (domain: string) => domain === "ref.test";
    let left = messages;
    const all = Promise.withResolvers<void>();
    const find = (name: string) => Promise.resolve({ name, home: `${root}/home/${name}` });
    const process = { id: 1, host: "mx", isGone: () => Promise.resolve(false) };
    const locks = dotlocks(new Dotlocks({ disk, clock, random: realRandom, log: silentLog, process }));
    const local = new LocalDelivery({
      users: { find },
      tables: { open: unused },
      settings: defaultExpansionSettings({ myorigin: "ref.test", isLocal: localDomains(isLocalDomain) }),
      delivery: defaultLocalDeliverySettings(),
      disk,
      system: testingSystem(disk),
      locate: ({ home }) => ({ format, path: `${home}/${format}` }),
      writers: {
        maildir: new MaildirWriter({
          disk,
          clock,
          random: realRandom,
          hostname: "mx.ref.test",
          maxOctets: () => 0,
        }),
        mbox: new MboxWriter({
          disk,
          clock,
          locks,
          maxOctets: () => 0,
        }),
      },
      spool,
      named: (filter, address) => createNamedRoute(() => undefined, () => "")(filter, address),
      onForwarded: () => {},
      onDelivered: () => {
        if (--left === 0) all.resolve();
      },
      clock,
      log: silentLog,
    });
    const manager = new QueueManager({
      spool,
      route: routeByDomain({ isLocalDomain, local, elsewhere: unavailableTransport("smtp") }),
      named: createNamedRoute(() => local, () => ""),
      clock,
      log: silentLog,
      hostname: "mx.ref.test",
      settings: defaultQueueSettings,
    });
    await manager.start();
    let next = 0;
    const send = async () => {
      while (next < messages) {
        const address = `u${next++ % users}@ref.test`;
        const entry = await spool.begin();
        await entry.write(content);
        await entry.commit({
          sender: "s@remote.test",
          recipients: [{ address, original: address }],
          arrivedMs: clock.now(),
          attributes: {},
          smtpUtf8: false,
          body: "7BIT",
        });
        manager.accepted(entry.id);
      }
    };
    await Promise.all(Array.from({ length: inFlight }, send));
    await all.promise;
    await manager.idle();
    await manager.stop();
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

function unused(): never {
  throw new Error("not used here");
}

for (const format of ["maildir", "mbox"] as const) {
  // An asynchronous function by its own form: one that only returns a promise is timed as if it were done at once.
  const fn = async () => await deliverAll(format);
  Deno.bench({ name: `1,000 messages of 4 KB into ${format}`, n: 5, warmup: 1, fn });
}
