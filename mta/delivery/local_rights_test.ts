/** Local delivery on a real disk: as root in other people's names; as anybody else in one's own name only. */

import { assert, assertEquals, assertMatch } from "@std/assert";

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { realClock } from "../../tools/kit/base/clock.ts";
import { silentLog } from "../../tools/kit/base/log.ts";
import { realRandom } from "../../tools/kit/base/random.ts";
import { openLibc } from "../../tools/kit/os/libc.ts";

import { realDisk } from "../../store/file/real_disk.ts";
import { Dotlocks } from "../../store/mailbox/dotlock.ts";
import type { Spool } from "../../store/spool/spool.ts";
import type { User } from "../../store/users/users.ts";

import { defaultExpansionSettings, localDomains } from "../address/local_settings.ts";
import { dotlocks } from "./dotlock.ts";
import { LocalDelivery } from "./local.ts";
import { defaultLocalDeliverySettings } from "./local_settings.ts";
import { realLocalSystem } from "./local_system.ts";
import { MaildirWriter } from "./maildir_writer.ts";
import { MboxWriter } from "./mbox_writer.ts";
import { createNamedRoute } from "./routing.ts";
import { systemMailbox } from "./system_mailbox.ts";

// What is opened once stays open: before the tests, which are watched.
openLibc();

const isRoot = Deno.uid() === 0;
/** As root nobody whom the system knows; otherwise oneself. */
const joe = isRoot ? { uid: 54321, gid: 54322 } : { uid: Deno.uid()!, gid: Deno.gid()! };

interface World {
  readonly home: string;
  readonly root: string;
  /** STATUS TEXT, with the root's path as ROOT. */
  readonly deliver: (to?: string) => Promise<string>;
  /** Makes a file of joe's. */
  readonly write: (name: string, text: string) => Promise<void>;
}

async function inWorld(
  options: {
    readonly homeMailbox?: string;
    readonly person?: { readonly uid: number; readonly gid: number };
  },
  run: (world: World) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "mailsrv-local-" });
  try {
    await Deno.chmod(root, 0o755);
    const home = `${root}/home`;
    await Deno.mkdir(home, { mode: 0o700 });
    await Deno.chown(home, joe.uid, joe.gid);
    const user: User = { name: "joe", home, ...(options.person ?? joe), shell: "/bin/sh", isSystem: true };
    const delivery = defaultLocalDeliverySettings({
      homeMailbox: options.homeMailbox ?? "",
      mailSpoolDirectory: `${root}/spool`,
    });
    const disk = realDisk;
    const shared = { disk, clock: realClock, random: realRandom, maxOctets: () => 0 };
    const process = { id: Deno.pid, host: "mx", isGone: () => Promise.resolve(false) };
    const local = new LocalDelivery({
      users: { find: (name) => Promise.resolve(name === "joe" ? user : undefined) },
      tables: {
        open: () => {
          throw new Error("no tables here");
        },
      },
      settings: defaultExpansionSettings({
        myorigin: "ref.test",
        isLocal: localDomains((domain) => domain === "ref.test"),
        aliasMaps: [],
      }),
      delivery,
      locate: (found) => systemMailbox(found, delivery),
      writers: {
        maildir: new MaildirWriter({ ...shared, hostname: "mx" }),
        mbox: new MboxWriter({
          ...shared,
          locks: dotlocks(new Dotlocks({ ...shared, log: silentLog, process })),
        }),
      },
      disk,
      system: realLocalSystem({
        userByName: () => Promise.resolve(undefined),
        userByUid: () => Promise.resolve(undefined),
      }, realClock),
      spool: {} as Spool,
      named: createNamedRoute(() => undefined, () => ""),
      onForwarded: () => {},
      onDelivered: () => {},
      clock: realClock,
      log: silentLog,
    });
    const deliver = async (to = "joe@ref.test") => {
      const steps: string[] = [];
      await local.deliver(
        {
          nexthop: "",
          message: {
            id: "ID",
            queue: "active",
            envelope: {
              sender: "s@remote.test",
              recipients: [{ address: to, original: to }],
              arrivedMs: 0,
              attributes: {},
              smtpUtf8: false,
              body: "7BIT",
            },
            octets: 6,
            outcomes: [undefined],
            nextAttemptMs: 0,
            attempts: 0,
          },
          recipients: [0],
          content: async function* () {
            yield utf8Bytes("Subject: x\n\nbody\n");
          },
        },
        (_index, report) =>
          steps.push(...report.steps.map(({ outcome }) => `${outcome.status} ${outcome.text}`)),
      );
      return steps.join("; ").replaceAll(root, "ROOT");
    };
    const write = async (name: string, text: string) => {
      await Deno.writeTextFile(`${home}/${name}`, text, { mode: 0o600 });
      await Deno.chown(`${home}/${name}`, joe.uid, joe.gid);
    };
    await run({ home, root, deliver, write });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("mail is put into a home as its owner's", async () => {
  for (const homeMailbox of ["Maildir/", "mail/inbox"]) {
    await inWorld({ homeMailbox }, async ({ home, deliver }) => {
      assertMatch(await deliver(), /^2\.0\.0 delivered to (?:maildir|mailbox)$/);
      const name = homeMailbox.split("/")[0]!;
      const { uid, gid } = await Deno.lstat(`${home}/${name}`);
      assertEquals([uid, gid], [joe.uid, joe.gid]);
    });
  }
});

Deno.test("a spool file is made where the directory's group may write, and belongs to its user", async () => {
  await inWorld({}, async ({ root, deliver }) => {
    await Deno.mkdir(`${root}/spool`);
    await Deno.chown(`${root}/spool`, Deno.uid()!, isRoot ? 8 : joe.gid);
    await Deno.chmod(`${root}/spool`, 0o775);
    assertEquals(await deliver(), "2.0.0 delivered to mailbox");
    const { uid, gid, mode } = await Deno.lstat(`${root}/spool/joe`);
    assertEquals([uid, gid, mode! & 0o777], [joe.uid, joe.gid, 0o600]);
  });
});

Deno.test("nothing is written through links that lead out of a home, nor where the owner may not write", async () => {
  await inWorld({ homeMailbox: "box" }, async ({ home, root, deliver }) => {
    await Deno.writeTextFile(`${root}/victim`, "secret\n", { mode: 0o600 });
    await Deno.symlink(`${root}/victim`, `${home}/box`);
    assertMatch(await deliver(), /^5\.2\.0 .*destination ROOT\/home\/box is not a regular file$/);
    await Deno.remove(`${home}/box`);
    await new Deno.Command("mkfifo", { args: ["-m", "666", `${home}/box`] }).output();
    assertMatch(await deliver(), /^5\.2\.0 .*destination ROOT\/home\/box is not a regular file$/);
    assertEquals(await Deno.readTextFile(`${root}/victim`), "secret\n");
  });
  if (!isRoot) return;
  await inWorld({ homeMailbox: "dir/box" }, async ({ home, root, deliver, write }) => {
    await Deno.mkdir(`${root}/private`, { mode: 0o755 });
    await Deno.symlink(`${root}/private`, `${home}/dir`);
    assertMatch(await deliver(), /^4\.2\.0 cannot update mailbox ROOT\/home\/dir\/box .*Permission denied/);
    await write(".forward", `${root}/private/x\n`);
    assertMatch(
      await deliver(),
      /^5\.2\.0 cannot append message to file ROOT\/private\/x: .*Permission denied/,
    );
    await Deno.writeTextFile(`${root}/private/y`, "", { mode: 0o644 });
    await write(".forward", `${root}/private/y\n`);
    assertMatch(
      await deliver(),
      /^5\.2\.0 cannot append message to file ROOT\/private\/y: .*Permission denied/,
    );
    assertEquals(Array.from(Deno.readDirSync(`${root}/private`), ({ name }) => name), ["y"]);
    assertEquals((await Deno.stat(`${root}/private/y`)).size, 0);
  });
});

Deno.test("a file that its owner alone may read is read as the owner's .forward; root's secrets are not", async () => {
  await inWorld({ homeMailbox: "box" }, async ({ home, root, deliver, write }) => {
    await write(".forward", "~/kept\n");
    assertEquals(await deliver(), "2.0.0 delivered to file: ROOT/home/kept");
    assertEquals((await Deno.stat(`${home}/kept`)).uid, joe.uid);
    await write("kept", "");
    await write(".forward", `:include:${root}/secret\n`);
    await Deno.writeTextFile(`${root}/secret`, "~/kept\n", { mode: 0o600 });
    if (isRoot) {
      assertEquals(await deliver(), "5.3.5 mail system configuration error");
    }
  });
});

Deno.test("a command runs as the owner of the .forward, in a process group of its own", async () => {
  await inWorld({}, async ({ home, deliver, write }) => {
    await write(".forward", `"|(id -u; cat) > ${home}/out; exit 75"\n`);
    assertEquals(await deliver(), "4.3.0 temporary failure");
    const text = await Deno.readTextFile(`${home}/out`);
    assert(text.startsWith(`${joe.uid}\nFrom s@remote.test  `), text);
    assert(text.endsWith("Delivered-To: joe@ref.test\nSubject: x\n\nbody\n"), text);
  });
});

Deno.test("a server that is not root says that it cannot deliver to others", async () => {
  if (isRoot) return;
  const person = { uid: joe.uid + 1, gid: joe.gid };
  await inWorld({ homeMailbox: "box", person }, async ({ deliver }) => {
    assertMatch(
      await deliver(),
      /^4\.3\.0 cannot act as user \d+: this server runs as user \d+, not as root$/,
    );
  });
});
