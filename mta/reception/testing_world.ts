/** A keeper for tests: two users, one alias, a queue on a simulated disk. */

import { concatBytes, utf8Text } from "../../tools/kit/base/bytes.ts";
import { ManualClock } from "../../tools/kit/base/clock.ts";
import { TempFailure } from "../../tools/kit/base/failure.ts";
import { createLog, type LogRecord } from "../../tools/kit/base/log.ts";
import { SeededRandom } from "../../tools/kit/base/random.ts";
import { isLoopback } from "../../tools/kit/mail/ip.ts";

import { SimDisk } from "../../store/file/sim_disk.ts";
import { FileSpool } from "../../store/spool/file_spool.ts";
import type { QueuedMessage } from "../../store/spool/spool.ts";
import { openTables } from "../../store/table/tables.ts";
import type { User, Users } from "../../store/users/users.ts";

import { defaultAddressSettings } from "../address/default_settings.ts";
import { parseNetworkList, parseStringList } from "../address/match_list.ts";
import { type CleanupSettings, defaultCleanupSettings } from "../cleanup/settings.ts";
import { memoryDns } from "../dns/testing_dns.ts";
import { defaultPolicySettings, defaultRestrictions, type PolicySettings } from "../policy/settings.ts";
import type { SmtpRole } from "../smtp/question.ts";
import type { Access } from "./access.ts";
import { createReception, type Reception } from "./reception.ts";
import type { ReceptionOptions } from "./reception_options.ts";

export interface TestWorld {
  readonly reception: Reception;
  readonly spool: FileSpool;
  readonly disk: SimDisk;
  readonly log: readonly string[];
  readonly queued: readonly string[];
  /** Makes lookups of users fail. */
  brokenUsers: boolean;
  /** Changed, it is what a reload brings. */
  policy: Partial<PolicySettings> | undefined;
  find(id: string): Promise<{ readonly message: QueuedMessage; readonly content: string }>;
}

const roles: Readonly<Record<string, SmtpRole>> = { submission: "submission", lmtp: "lmtp" };

/** Nobody is too many. */
export const openDoor: Access = {
  admit: () => Promise.resolve({ mayXclient: false, mayUseBareNewline: false, isLimited: false }),
  connected: () => undefined,
  disconnected: () => {},
  countsMail: () => false,
  tlsBegins: () => undefined,
  mailBegins: () => undefined,
  recipientComes: () => undefined,
  mayLogin: () => undefined,
  loginEnded: () => {},
};

const passwords: Readonly<Record<string, string>> = { u1: "pw1", u2: "pw2" };

export async function openTestWorld(
  options: {
    readonly mynetworks?: readonly string[];
    readonly policy?: Partial<PolicySettings>;
    readonly direct?: ReceptionOptions["direct"];
    readonly cleanup?: Partial<CleanupSettings>;
  } = {},
): Promise<TestWorld> {
  const clock = new ManualClock(Date.UTC(2025, 10, 25, 1, 11, 53));
  const log: string[] = [];
  const queued: string[] = [];
  const logRecord = (record: LogRecord) => {
    log.push(`${record.part}: ${record.text}`);
  };
  const testLog = createLog(logRecord, { now: () => clock.now(), part: "smtpd" });
  const disk = new SimDisk();
  const spool = await FileSpool.open({ disk, directory: "/q", clock, log: testLog });
  const world = {
    spool,
    disk,
    log,
    queued,
    brokenUsers: false,
    policy: options.policy,
    find: async (id: string) => {
      const message = await spool.find(id);
      if (message === undefined) throw new Error(`no message ${id}`);
      const chunks: Uint8Array[] = [];
      for await (const chunk of spool.content(id)) chunks.push(chunk);
      return { message, content: utf8Text(concatBytes(chunks)) };
    },
  };
  const check = () => {
    if (world.brokenUsers) throw new TempFailure("4.3.0", "users cannot be read");
  };
  const addresses = defaultAddressSettings("mx.ref.test", {
    myorigin: "ref.test",
    ownAddresses: ["127.0.0.1"],
    mydestination: parseStringList(["ref.test"], { name: "mydestination" }),
    aliasMaps: ["inline:{team=u1}"],
  });
  const users = testUsers(check);
  const reception = createReception({
    hostname: "mx.ref.test",
    policyFor: (service) =>
      defaultPolicySettings(addresses, {
        lists: defaultRestrictions[roles[service] ?? "smtp"],
        mynetworks: parseNetworkList(options.mynetworks ?? [], { name: "mynetworks" }),
        ...world.policy,
      }),
    cleanupFor: () => defaultCleanupSettings(addresses, options.cleanup),
    world: {
      tables: openTables({ disk, clock, log: testLog }),
      users,
      dns: memoryDns({}),
      service: () => Promise.resolve({ failure: "there is no such server" }),
      verify: () => Promise.resolve({ status: "unavailable", text: "nobody verifies" }),
      sleep: () => Promise.resolve(),
    },
    peerName: (address) => {
      const name = isLoopback(address) ? "localhost" : "client.test";
      return Promise.resolve({ name, nameStatus: "ok", reverseName: name, reverseStatus: "ok" });
    },
    access: openDoor,
    direct: options.direct,
    spool,
    users,
    clock,
    random: new SeededRandom(7),
    log: testLog,
    logRecord,
    onQueued: (id) => queued.push(id),
    zone: () => ({ minutes: 0, name: "UTC" }),
    limits: { openMessages: 3, messageOctets: 4_000_000, sessions: 8, recipients: 5 },
  });
  return Object.assign(world, { reception });
}

function testUsers(check: () => void): Users {
  const user = (name: string): User => ({ name, home: `/home/${name}` });
  return {
    find: (name) => {
      check();
      return Promise.resolve(name in passwords ? user(name) : undefined);
    },
    verify: (name, password) => {
      check();
      const accepted = passwords[name] === password;
      return Promise.resolve(
        accepted ? { kind: "accepted", user: user(name) } : { kind: "refused", reason: "wrong password" },
      );
    },
    scramKeys: () => Promise.resolve(undefined),
    list: () => Promise.resolve(Object.keys(passwords).map(user)),
  };
}
