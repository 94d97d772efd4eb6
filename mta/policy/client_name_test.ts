import { assertEquals } from "@std/assert";

import { parseHosts } from "../dns/hosts.ts";
import { memoryDns, type MemoryRecords } from "../dns/testing_memory.ts";

import {
  type ClientNameOptions,
  findClientName,
  type FoundClientName,
  plainIp,
  reverseName,
} from "./client_name.ts";

function find(address: string, records: MemoryRecords, options: Partial<ClientNameOptions> = {}) {
  const dns = memoryDns(records);
  const evaluation = findClientName(address, { isLookedUp: true, ...options });
  let step = evaluation.next();
  while (step.done !== true) {
    if (step.value.kind !== "dns") throw new Error(step.value.kind);
    step = evaluation.next(dns.answer(step.value.name, step.value.type));
  }
  return { found: step.value, asked: dns.asked };
}

/** `NAME status REVERSE status`, and the warning. */
function say({ name, nameStatus, reverseName, reverseStatus, warning }: FoundClientName): string {
  return `${name} ${nameStatus} ${reverseName} ${reverseStatus}${
    warning === undefined ? "" : `; ${warning}`
  }`;
}

const v4 = "1.2.0.192.in-addr.arpa";
const v6 = `1.${"0.".repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa`;

function ptr(name: string): MemoryRecords {
  return { [v4]: [{ type: "PTR", name }], [v6]: [{ type: "PTR", name }] };
}

const wrong = "hostname c.test does not resolve to address 192.0.2.1";
const unknown = "unknown permanent unknown permanent";

Deno.test("findClientName() believes a name that leads back to the address (postconf(5) reject_unknown_client_hostname)", () => {
  const rows: readonly (readonly [address: string, records: MemoryRecords, says: string])[] = [
    [
      "192.0.2.1",
      { ...ptr("c.test"), "c.test": [{ type: "A", address: "192.0.2.1" }] },
      "c.test ok c.test ok",
    ],
    [
      "::ffff:192.0.2.1",
      { ...ptr("c.test"), "c.test": [{ type: "A", address: "192.0.2.1" }] },
      "c.test ok c.test ok",
    ],
    [
      "2001:DB8::1",
      {
        ...ptr("c.test"),
        "c.test": [{ type: "A", address: "192.0.2.1" }, { type: "AAAA", address: "2001:db8:0::1" }],
      },
      "c.test ok c.test ok",
    ],
    [
      "192.0.2.1",
      { ...ptr("c.test"), "c.test": [{ type: "A", address: "192.0.2.2" }] },
      `unknown permanent c.test ok; ${wrong}`,
    ],
    [
      "192.0.2.1",
      { ...ptr("c.test"), "c.test": [{ type: "AAAA", address: "2001:db8::1" }] },
      `unknown permanent c.test ok; ${wrong}: Host or domain name not found. Name service error for name=c.test ` +
      "type=A: Host found but no data record of requested type",
    ],
    [
      "192.0.2.1",
      { ...ptr("c.test"), "c.test": "failed" },
      `unknown temporary c.test ok; ${wrong}: Host or domain name not found. Name service error for name=c.test ` +
      "type=A: Host not found, try again",
    ],
    ["192.0.2.1", {}, unknown],
    ["192.0.2.1", { [v4]: [] }, unknown],
    ["192.0.2.1", { [v4]: "failed" }, "unknown temporary unknown temporary"],
    ["192.0.2.1", ptr("192.0.2.1"), unknown],
    ["192.0.2.1", ptr("a\\032b.test"), unknown],
    ["192.0.2.1", ptr("-.test"), unknown],
    ["192.0.2.1", ptr("."), unknown],
    ["unknown", {}, unknown],
  ];
  for (const [address, records, says] of rows) assertEquals(say(find(address, records).found), says);
});

Deno.test("findClientName() asks for the PTR, then for addresses of the client's own family", () => {
  assertEquals(find("192.0.2.1", ptr("c.test")).asked, [`PTR ${v4}`, "A c.test"]);
  assertEquals(find("2001:db8::1", ptr("c.test")).asked, [`PTR ${v6}`, "AAAA c.test"]);
});

Deno.test("findClientName() asks nobody for loopback, nor where it must not (postconf(5) smtpd_peername_lookup)", () => {
  for (const address of ["127.0.0.1", "::1", "::ffff:127.0.0.1"]) {
    const { found, asked } = find(address, {});
    assertEquals([say(found), asked.length], ["localhost ok localhost ok", 0]);
  }
  const { found, asked } = find("127.0.0.1", {}, { isLookedUp: false });
  assertEquals([say(found), asked.length], [unknown, 0]);
});

Deno.test("findClientName() believes this machine's own table of hosts before the DNS (hosts(5))", () => {
  const hosts = parseHosts(
    "192.0.2.1 nas.lan\n192.0.2.2 c.test\n127.0.0.1 mx.test localhost\n192.0.2.3 nas.lan\n",
  );
  const forged = "hostname c.test does not resolve to address 192.0.2.1";
  const rows: readonly (readonly [string, MemoryRecords, string, number])[] = [
    ["192.0.2.1", ptr("c.test"), "nas.lan ok nas.lan ok", 0],
    ["192.0.2.3", {}, "nas.lan ok nas.lan ok", 0],
    ["127.0.0.1", {}, "mx.test ok mx.test ok", 0],
    ["::1", {}, "localhost ok localhost ok", 0],
  ];
  for (const [address, records, says, count] of rows) {
    const { found, asked } = find(address, records, { hosts });
    assertEquals([say(found), asked.length], [says, count]);
  }
  const other = find("192.0.2.1", ptr("c.test"), { hosts: parseHosts("192.0.2.2 c.test") });
  assertEquals([say(other.found), other.asked], [`unknown permanent c.test ok; ${forged}`, [`PTR ${v4}`]]);
});

Deno.test("reverseName() turns addresses round, also for lists (RFC 1035 §3.5, RFC 3596 §2.5, RFC 5782 §2.1)", () => {
  assertEquals(reverseName("192.0.2.1"), v4);
  assertEquals(reverseName("2001:db8::1"), v6);
  assertEquals(reverseName("::ffff:192.0.2.1", "list.test"), "1.2.0.192.list.test");
  assertEquals(reverseName("2001:db8::1", "list.test"), v6.replace("ip6.arpa", "list.test"));
  assertEquals(reverseName("c.test"), undefined);
});

Deno.test("plainIp() reads addresses as sockets and literals write them", () => {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["[::ffff:1.2.3.4]", "1.2.3.4"],
    ["[IPv6:2001:DB8::1]", "2001:db8::1"],
    ["fe80::1%eth0", "fe80::1"],
    ["::1", "::1"],
    ["c.test", undefined],
  ];
  for (const [text, address] of rows) assertEquals(plainIp(text), address);
});
