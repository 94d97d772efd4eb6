import { assertEquals } from "@std/assert";

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { ManualClock } from "../../tools/kit/base/clock.ts";
import type { Log } from "../../tools/kit/base/log.ts";
import { SeededRandom } from "../../tools/kit/base/random.ts";

import { SimDisk } from "../../store/file/sim_disk.ts";

import type { User } from "../../store/users/users.ts";

import { defaultAddressSettings } from "../address/default_settings.ts";
import { MaildirWriter } from "./maildir_writer.ts";
import { MboxWriter } from "./mbox_writer.ts";
import { testingSystem } from "./testing_system.ts";
import { VirtualDelivery } from "./virtual.ts";

const tables: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "hash:/vmap": {
    "ann@v.test": "v.test/ann",
    "bob@v.test": "v.test/bob/",
    "low@v.test": "v.test/low",
    "nobody@v.test": "v.test/nobody",
    "@catch.test": "catch",
  },
  "hash:/uids": { "low@v.test": "99", "ann@v.test": "5001", "bob@v.test": "5000", "@catch.test": "5000" },
};

const users: Readonly<Record<string, Omit<User, "name">>> = {
  "vic@v.test": { home: "/mail/vic" },
  "wil@v.test": { home: "/mail/v.test/wil", uid: 5002, gid: 5003 },
  "xia@v.test": { home: "/mail/v.test/xia", uid: 5004 },
};

async function setUp() {
  const clock = new ManualClock();
  const disk = new SimDisk({ now: () => clock.now() });
  await disk.mkdir("/vmail");
  const system = testingSystem(disk);
  const lines: string[] = [];
  const told: string[] = [];
  const log: Log = { write: (_level, text) => void lines.push(text), part: () => log };
  const maxOctets = () => 0;
  const locks = { lock: () => Promise.resolve(() => Promise.resolve()) };
  const virtual = new VirtualDelivery({
    users: { find: (name) => Promise.resolve(users[name] && { name, ...users[name] }) },
    tables: {
      open: (name) => ({
        name,
        fixed: true,
        lookup: (key) => {
          const value = name.startsWith("static:") ? name.slice(7) : tables[name]?.[key];
          const substituted = key.endsWith("@re.test") && { value: key, line: 7, substituted: true as const };
          return Promise.resolve(value === undefined ? substituted || undefined : { value });
        },
        close: () => {},
      }),
    },
    settings: {
      addresses: defaultAddressSettings("mx.ref.test", { recipientDelimiter: "+" }),
      mailboxMaps: ["hash:/vmap"],
      mailboxBase: "/vmail",
      uidMaps: ["hash:/uids"],
      gidMaps: ["static:5000"],
      minimumUid: 100,
      strictMailboxOwnership: true,
    },
    locate: ({ home }) => ({ format: "maildir", path: `${home}/Maildir` }),
    writers: {
      maildir: new MaildirWriter({ disk, clock, random: new SeededRandom(1), hostname: "mx", maxOctets }),
      mbox: new MboxWriter({ disk, clock, locks, maxOctets }),
    },
    disk,
    system,
    onDelivered: (user) => told.push(user),
    clock,
    log,
  });
  const deliver = async (address: string): Promise<string> => {
    let result = "";
    await virtual.deliver({
      nexthop: "",
      message: {
        id: "ID",
        queue: "active",
        envelope: {
          sender: "s@remote.test",
          recipients: [{ address, original: address }],
          arrivedMs: 0,
          attributes: {},
          smtpUtf8: false,
          body: "7BIT",
        },
        octets: 2,
        outcomes: [undefined],
        nextAttemptMs: 0,
        attempts: 0,
      },
      recipients: [0],
      content: async function* () {
        yield utf8Bytes("x\n");
      },
    }, (_index, { outcome }) => result = `${outcome.status} ${outcome.text}`);
    return result;
  };
  return { deliver, disk, system, lines, told };
}

Deno.test("virtual delivery finds users by their address, then files of virtual_mailbox_maps (virtual(8))", async () => {
  const { deliver, disk, system, told } = await setUp();
  const rows = [
    ["vic@v.test", "2.0.0 delivered to maildir", "/mail/vic/Maildir/new", 0],
    ["Ann+x@V.test", "2.0.0 delivered to mailbox", "/vmail/v.test/ann", 5001],
    ["bob@v.test", "2.0.0 delivered to maildir", "/vmail/v.test/bob/new", 5000],
    ["any@catch.test", "2.0.0 delivered to mailbox", "/vmail/catch", 5000],
  ] as const;
  for (const [address, want, path, uid] of rows) {
    assertEquals(await deliver(address), want, address);
    assertEquals((await disk.stat(path))?.uid, uid, path);
  }
  assertEquals([told, system.acted], [["vic@v.test"], ["5001:5000", "5000:5000", "5000:5000"]]);
});

Deno.test("virtual delivery refuses the unknown, and waits for whom it does not know a good uid (postconf(5) virtual_minimum_uid)", async () => {
  const { deliver, lines } = await setUp();
  assertEquals(await deliver("none@v.test"), '5.1.1 unknown user: "none@v.test"');
  assertEquals(await deliver("low@v.test"), "4.3.5 mail system configuration error");
  assertEquals(await deliver("nobody@v.test"), "4.3.5 mail system configuration error");
  assertEquals(lines, [
    "recipient low@v.test: bad uid 99 in virtual_uid_maps",
    "recipient nobody@v.test: not found in virtual_uid_maps",
  ]);
});

Deno.test("virtual delivery writes in the name of a user who has a number, so that links of his lead nowhere else", async () => {
  const { deliver, disk, system } = await setUp();
  for (const name of ["wil", "xia"]) {
    assertEquals(await deliver(`${name}@v.test`), "2.0.0 delivered to maildir");
  }
  assertEquals(system.acted, ["5002:5003", "5004:5004"]);
  const owners = ["/mail/v.test", "/mail/v.test/wil", "/mail/v.test/xia"].map(async (path) => {
    const { uid, mode } = (await disk.stat(path))!;
    return `${uid} ${mode.toString(8)}`;
  });
  // What stands above both homes is neither's.
  assertEquals(await Promise.all(owners), ["0 711", "5002 700", "5004 700"]);
});

Deno.test("virtual delivery takes no path that a recipient's address is a part of (postconf(5) virtual_mailbox_maps)", async () => {
  const { deliver, lines } = await setUp();
  assertEquals(await deliver('"../../x"@re.test'), "4.3.0 table lookup failure");
  assertEquals(lines, [
    "hash:/vmap, line 7: regular expression substitution is not allowed for security reasons",
  ]);
});
