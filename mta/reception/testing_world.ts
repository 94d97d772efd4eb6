/** A keeper for tests: two users, one alias, a queue on a simulated disk. */

import { concatBytes, utf8Text } from "../../tools/kit/base/bytes.ts";
import { ManualClock } from "../../tools/kit/base/clock.ts";
import { TempFailure } from "../../tools/kit/base/failure.ts";
import { createLog, type LogRecord } from "../../tools/kit/base/log.ts";
import { SeededRandom } from "../../tools/kit/base/random.ts";
import { normalizeAddress, splitAddress } from "../../tools/kit/mail/address.ts";

import { SimDisk } from "../../store/file/sim_disk.ts";
import { FileSpool } from "../../store/spool/file_spool.ts";
import type { QueuedMessage } from "../../store/spool/spool.ts";
import type { User, Users } from "../../store/users/users.ts";

import { defaultRestrictions } from "../policy/decide_rcpt.ts";
import { parseDomainList } from "../policy/domain_list.ts";
import { parseNetworkList } from "../policy/network_list.ts";
import { createReception, type Reception } from "./reception.ts";

export interface TestWorld {
  readonly reception: Reception;
  readonly spool: FileSpool;
  readonly disk: SimDisk;
  readonly log: readonly string[];
  readonly queued: readonly string[];
  /** Makes lookups of users fail. */
  brokenUsers: boolean;
  find(id: string): Promise<{ readonly message: QueuedMessage; readonly content: string }>;
}

const passwords: Readonly<Record<string, string>> = { u1: "pw1", u2: "pw2" };

export async function openTestWorld(
  options: { readonly mynetworks?: readonly string[] } = {},
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
  const reception = createReception({
    hostname: "mx.ref.test",
    policy: {
      myorigin: "ref.test",
      mydestination: parseDomainList(["ref.test"], { subdomains: false }),
      relayDomains: parseDomainList([], { subdomains: true }),
      ownAddresses: ["127.0.0.1"],
      mynetworks: parseNetworkList(options.mynetworks ?? []),
    },
    restrictions: defaultRestrictions,
    spool,
    users: testUsers(check),
    recipientKnown: (address) => {
      check();
      const { localPart } = splitAddress(normalizeAddress(address));
      return Promise.resolve(["u1", "u2", "team"].includes(localPart));
    },
    clock,
    random: new SeededRandom(7),
    log: testLog,
    logRecord,
    onQueued: (id) => queued.push(id),
    zone: () => ({ minutes: 0, name: "UTC" }),
    limits: { openMessages: 3, messageOctets: 4_000_000 },
  });
  return Object.assign(world, { reception });
}

function testUsers(check: () => void): Users {
  const user = (name: string): User => ({ name, home: `/home/${name}` });
  return {
    find: (name) => Promise.resolve(name in passwords ? user(name) : undefined),
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
