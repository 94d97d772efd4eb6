import { assertEquals } from "@std/assert";

import { defaultAddressSettings } from "../address/default_settings.ts";
import { defaultHopSettings, type HopSettings } from "../dns/hop_settings.ts";
import type { DnsAnswer, DnsRecord } from "../dns/record.ts";
import { memoryDns, type MemoryRecords } from "../dns/testing_memory.ts";
import { defaultRelayLoginSettings, type RelayLoginSettings } from "../relay_login/settings.ts";
import { defaultTlsSettings, type TlsSettings } from "../tls_policy/policy.ts";
import type { StsPolicy } from "../tls_policy/sts_policy.ts";
import { findNextHop, type HopHost, type NextHop, type NextHopRequest } from "./next_hop.ts";

const mx = (preference: number, exchange: string): DnsRecord => ({ type: "MX", preference, exchange });
const a = (address: string): DnsRecord => ({ type: "A", address });
const tlsa = (usage: number, octets = 32): DnsRecord => ({
  type: "TLSA",
  usage,
  selector: 1,
  matching: 1,
  data: new Uint8Array(octets),
});

/** Zones below `signed.test` are signed, those below `plain.test` are not. */
const zone: MemoryRecords = {
  "a.plain.test": [mx(10, "mx.plain.test"), mx(20, "mx.signed.test")],
  "mx.plain.test": [a("198.51.100.1")],
  "a.signed.test": [mx(10, "mx.signed.test"), mx(20, "mx2.signed.test")],
  "mx.signed.test": [a("198.51.100.2")],
  "mx2.signed.test": [a("198.51.100.3")],
  "_25._tcp.mx.signed.test": [tlsa(3), tlsa(0), tlsa(2)],
  "b.signed.test": [mx(10, "odd.signed.test"), mx(20, "mx.plain.test")],
  "odd.signed.test": [a("198.51.100.4")],
  "_25._tcp.odd.signed.test": [tlsa(1), tlsa(3, 31)],
  "c.signed.test": [mx(10, "down.signed.test"), mx(20, "mx.signed.test")],
  "down.signed.test": [a("198.51.100.5")],
  "_25._tcp.down.signed.test": "failed",
  "d.signed.test": [mx(10, "alias.signed.test")],
  "alias.signed.test": [{ type: "CNAME", name: "real.signed.test" }],
  "real.signed.test": [a("198.51.100.6")],
  "_25._tcp.real.signed.test": [tlsa(3)],
  "e.plain.test": [mx(10, "mx.signed.test")],
  "fallback.test": [a("203.0.113.1")],
  "loop.test": [mx(10, "me.test")],
  "h.test": [a("198.51.100.1")],
  "sub.h.test": [a("198.51.100.1")],
  "mx.test": [mx(10, "h.test")],
};

interface Given extends Partial<NextHopRequest> {
  readonly hop?: Partial<HopSettings>;
  readonly tls?: Partial<TlsSettings>;
  readonly login?: Partial<RelayLoginSettings>;
  readonly tables?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly sts?: Readonly<Record<string, StsPolicy>>;
}

function find(nexthop: string, given: Given = {}): NextHop {
  const dns = memoryDns(zone);
  const answer = (name: string, type: Parameters<typeof dns.answer>[1]): DnsAnswer => {
    const found = dns.answer(name, type);
    return found.kind === "found" ? { ...found, authenticated: name.endsWith("signed.test") } : found;
  };
  const steps = findNextHop(
    { nexthop, sender: "joe@here.test", ...given },
    {
      hop: {
        ...defaultHopSettings,
        myhostname: "me.test",
        randomizes: false,
        families: ["ipv4"],
        ...given.hop,
      },
      tls: { ...defaultTlsSettings, ...given.tls },
      login: { ...defaultRelayLoginSettings, ...given.login },
      addresses: defaultAddressSettings("me.test"),
    },
    { below: (limit) => limit - 1 },
  );
  let step = steps.next();
  while (step.done !== true) {
    const question = step.value;
    switch (question.kind) {
      case "dns":
        step = steps.next(answer(question.name, question.type));
        break;
      case "table": {
        const table = given.tables?.[question.table];
        const value = table?.[question.key];
        const hit = value === undefined ? undefined : { value, line: 1 };
        step = steps.next(table === undefined ? { failure: `no table ${question.table}` } : hit);
        break;
      }
      case "sts":
        step = steps.next({ policy: given.sts?.[question.domain] });
        break;
      case "hosts":
        step = steps.next([]);
        break;
      case "user":
        step = steps.next(false);
    }
  }
  return step.value;
}

function show(
  nexthop: string,
  given: Given = {},
  part: (host: HopHost) => string = ({ tls }) => tls.level,
): string {
  const found = find(nexthop, given);
  if (found.kind === "failed") return `${found.status} ${found.text}`;
  return found.hosts.map((host) => `${host.name}:${host.port} ${part(host)}`.trimEnd()).join(", ");
}

Deno.test("findNextHop() tries the parts of a list one after the other (postconf(5) relayhost)", () => {
  const none = () => "";
  const error = "Host or domain name not found. Name service error for name=gone.test type=A: Host not found";
  assertEquals(
    show("gone.test, [mx.plain.test]:587, a.plain.test", {}, none),
    "mx.plain.test:587, mx.plain.test:25, mx.signed.test:25",
  );
  assertEquals(show("gone.test", {}, none), `5.4.4 ${error}`);
  assertEquals(show("", {}, none), "4.3.5 no next hop");
  assertEquals(show("[a:b", {}, none), '4.3.5 bad next hop "[a:b": unbalanced brackets');
  assertEquals(find("gone.test, [mx.plain.test]").kind, "hosts");
});

Deno.test("findNextHop() goes on to smtp_fallback_relay, but not where it is a mail exchanger itself (postconf(5))", () => {
  const fallback = { hop: { fallbackRelay: ["[fallback.test]"] } };
  const which = ({ isFallback }: HopHost) => isFallback ? "fallback" : "";
  assertEquals(show("mx.plain.test", fallback, which), "mx.plain.test:25, fallback.test:25 fallback");
  assertEquals(show("gone.test", fallback, which), "fallback.test:25 fallback");
  assertEquals(show("loop.test", fallback, which), "5.4.6 mail for loop.test loops back to myself");
  assertEquals(show("loop.test, mx.plain.test", {}, which), "5.4.6 mail for loop.test loops back to myself");
});

Deno.test("findNextHop() lets mail wait where the administrator's own relay is not there (postconf(5) relayhost)", () => {
  const error = "Host or domain name not found. Name service error for name=gone.test type=A: Host not found";
  for (
    const [hop, setting] of [
      [{ relayhost: "[gone.test]" }, "relayhost"],
      [{ fallbackRelay: ["[gone.test]"] }, "smtp_fallback_relay"],
    ] as const
  ) {
    const found = find("[gone.test]", { hop });
    assertEquals(found.kind === "failed" && [found.status, found.text], ["4.3.5", error]);
    assertEquals(found.notes, [`${setting} configuration problem`]);
  }
});

Deno.test("findNextHop() takes the level of the policy table, by next hop as written, or by .parent (postconf(5) smtp_tls_policy_maps)", () => {
  const table = {
    "a.plain.test": "none",
    ".signed.test": "encrypt",
    "[mx.plain.test]:587": "verify",
    "[mx.plain.test]": "nonsense",
    "mx.signed.test": "secure",
  };
  const given = {
    tls: { securityLevel: "may", policyMaps: ["hash:/t"] },
    tables: { "hash:/t": table },
  } as const;
  const rows: readonly (readonly [string, string])[] = [
    ["a.plain.test", "mx.plain.test:25 none, mx.signed.test:25 none"],
    ["A.Plain.test", "mx.plain.test:25 none, mx.signed.test:25 none"],
    ["a.signed.test", "mx.signed.test:25 encrypt, mx2.signed.test:25 encrypt"],
    ["a.signed.test:25", "mx.signed.test:25 may, mx2.signed.test:25 may"],
    ["[mx.plain.test]:587", "mx.plain.test:587 verify"],
    ["[mx.plain.test]", "4.7.5 client TLS configuration problem"],
    ["[mx.signed.test]", "mx.signed.test:25 may"],
    ["mx.signed.test", "mx.signed.test:25 secure"],
  ];
  for (const [nexthop, want] of rows) assertEquals(show(nexthop, given), want, nexthop);
  assertEquals(find("[mx.plain.test]", given).notes, [
    'smtp_tls_policy_maps: hash:/t:1, key [mx.plain.test]: invalid security level "nonsense"',
  ]);
  const missing = { ...given, tables: {} };
  assertEquals(show("a.plain.test", missing), "4.7.5 client TLS configuration problem");
});

Deno.test("findNextHop() says which names a certificate must have (postconf(5) smtp_tls_verify_cert_match)", () => {
  const names = ({ tls }: HopHost) => `${tls.level} ${tls.match.join("|")} sni=${tls.serverName}`;
  const tables = { "hash:/t": { "a.plain.test": "secure match=nexthop:.Other.test servername=hostname" } };
  assertEquals(
    show("mx.plain.test", { tls: { securityLevel: "verify" } }, names),
    "mx.plain.test:25 verify mx.plain.test sni=",
  );
  assertEquals(
    show("[mx.plain.test]:587", { tls: { securityLevel: "secure", serverName: "nexthop" } }, names),
    "mx.plain.test:587 secure mx.plain.test|.mx.plain.test sni=mx.plain.test",
  );
  assertEquals(
    show("a.plain.test", { tables, tls: { policyMaps: ["hash:/t"] } }, names).split(", ")[0],
    "mx.plain.test:25 secure a.plain.test|.other.test sni=mx.plain.test",
  );
});

Deno.test("findNextHop() gives mandatory levels their own protocols and ciphers (postconf(5) smtp_tls_mandatory_protocols)", () => {
  const tls = {
    protocols: ">=TLSv1",
    mandatoryProtocols: ">=TLSv1.2",
    ciphers: "low",
    mandatoryCiphers: "high",
    excludeCiphers: "RC4",
    mandatoryExcludeCiphers: "aNULL",
  };
  const which = ({ tls: { protocols, ciphers, excludeCiphers } }: HopHost) =>
    `${protocols} ${ciphers} ${excludeCiphers}`;
  const one = (level: TlsSettings["securityLevel"]) =>
    show("[mx.plain.test]", { tls: { ...tls, securityLevel: level } }, which);
  assertEquals(one("may"), "mx.plain.test:25 >=TLSv1 low RC4");
  assertEquals(one("encrypt"), "mx.plain.test:25 >=TLSv1.2 high RC4 aNULL");
});

const dane = { hop: { dnsSupport: "dnssec" }, tls: { securityLevel: "dane" } } as const;
const daneOnly = { hop: { dnsSupport: "dnssec" }, tls: { securityLevel: "dane-only" } } as const;

Deno.test("findNextHop() settles DANE for each host by what the DNS vouches for (RFC 7672 §2.2)", () => {
  const rows: readonly (readonly [string, Given, string])[] = [
    ["a.signed.test", dane, "mx.signed.test:25 dane, mx2.signed.test:25 may"],
    ["a.signed.test", daneOnly, "mx.signed.test:25 dane"],
    ["b.signed.test", dane, "odd.signed.test:25 encrypt, mx.plain.test:25 may"],
    ["b.signed.test", daneOnly, "4.7.5 non DNSSEC destination, and the level is dane-only"],
    // A host whose records are kept back gets no mail, another may.
    ["c.signed.test", dane, "mx.signed.test:25 dane"],
    ["[down.signed.test]", dane, "4.7.5 TLSA lookup error for down.signed.test:25"],
    ["d.signed.test", dane, "alias.signed.test:25 dane"],
    ["e.plain.test", dane, "mx.signed.test:25 dane"],
    ["e.plain.test", { ...dane, tls: { ...dane.tls, daneInsecureMxPolicy: "may" } }, "mx.signed.test:25 may"],
    [
      "e.plain.test",
      { ...dane, tls: { ...dane.tls, daneInsecureMxPolicy: "encrypt" } },
      "mx.signed.test:25 encrypt",
    ],
    ["e.plain.test", daneOnly, "4.7.5 non DNSSEC destination, and the level is dane-only"],
    ["[198.51.100.2]", dane, "198.51.100.2:25 may"],
    [
      "a.signed.test",
      { tls: { securityLevel: "dane" } },
      "4.7.5 client TLS configuration problem",
    ],
  ];
  for (const [nexthop, given, want] of rows) assertEquals(show(nexthop, given), want, nexthop);
});

Deno.test("findNextHop() takes usable TLSA records only, of the name behind aliases (RFC 7672 §2.2.2, §3.1)", () => {
  const which = ({ tls }: HopHost) =>
    `${tls.tlsa.map(({ usage }) => usage).join()} ${tls.match.join("|")} sni=${tls.serverName}`;
  assertEquals(
    show("a.signed.test", daneOnly, which),
    "mx.signed.test:25 3,2 mx.signed.test|a.signed.test sni=mx.signed.test",
  );
  assertEquals(
    show("d.signed.test", dane, which),
    "alias.signed.test:25 3 real.signed.test|alias.signed.test|d.signed.test sni=real.signed.test",
  );
});

const enforce: StsPolicy = { mode: "enforce", mx: ["mx.plain.test"], maxAgeSeconds: 1 };

Deno.test("findNextHop() keeps to MTA-STS policies, unless the administrator or DANE says more (RFC 8461 §2, §4, §5)", () => {
  const sts = { "a.plain.test": enforce, "a.signed.test": { ...enforce, mx: ["*.signed.test"] } };
  const given: Given = { tls: { mtaSts: true, securityLevel: "may" }, sts };
  const names = ({ tls }: HopHost) => `${tls.level} ${tls.match.join("|")}${tls.isTesting ? " testing" : ""}`;
  assertEquals(show("a.plain.test", given, names), "mx.plain.test:25 secure mx.plain.test");
  assertEquals(find("a.plain.test", given).notes, [
    "mx.signed.test[198.51.100.2]:25: MTA-STS policy does not name mx.signed.test",
  ]);
  assertEquals(
    show("a.plain.test", { ...given, tls: { securityLevel: "may" } }),
    "mx.plain.test:25 may, mx.signed.test:25 may",
  );
  assertEquals(
    show("a.plain.test", { ...given, sts: { "a.plain.test": { ...enforce, mode: "testing" } } }, names),
    "mx.plain.test:25 may mx.plain.test testing, mx.signed.test:25 may mx.signed.test testing",
  );
  assertEquals(
    show("a.plain.test", { ...given, sts: { "a.plain.test": { ...enforce, mode: "none" } } }),
    "mx.plain.test:25 may, mx.signed.test:25 may",
  );
  assertEquals(
    show("[mx.plain.test]", { ...given, sts: { "mx.plain.test": enforce } }),
    "mx.plain.test:25 may",
  );
  assertEquals(
    show("a.plain.test", { ...given, sts: { "a.plain.test": { ...enforce, mx: ["no.test"] } } }),
    "4.7.5 MTA-STS policy does not name mx.signed.test",
  );
  // DANE is not overridden; a host without TLSA records is held to the policy.
  assertEquals(
    show("a.signed.test", { ...dane, tls: { mtaSts: true, securityLevel: "dane" }, sts }),
    "mx.signed.test:25 dane, mx2.signed.test:25 secure",
  );
  const tables = { "hash:/t": { "a.plain.test": "may" } };
  assertEquals(
    show("a.plain.test", { ...given, tls: { mtaSts: true, policyMaps: ["hash:/t"] }, tables }),
    "mx.plain.test:25 may, mx.signed.test:25 may",
  );
});

Deno.test("findNextHop() sends REQUIRETLS only where the way is proven, and lets TLS-Required: no pass (RFC 8689 §4.2.1, §5)", () => {
  const unproven = "5.7.30 REQUIRETLS support required: nobody vouches for the MX records";
  const yes = { requireTls: "yes", tls: { securityLevel: "may" } } as const;
  const which = ({ tls }: HopHost) => `${tls.level}${tls.needsRequireTls ? " required" : ""}`;
  const rows: readonly (readonly [string, Given, string])[] = [
    ["a.plain.test", yes, unproven],
    ["a.signed.test", yes, unproven],
    [
      "a.signed.test",
      { ...yes, hop: { dnsSupport: "dnssec" } },
      "mx.signed.test:25 verify required, mx2.signed.test:25 verify required",
    ],
    [
      "a.signed.test",
      { ...dane, requireTls: "yes" },
      "mx.signed.test:25 dane required, mx2.signed.test:25 verify required",
    ],
    ["[mx.plain.test]", yes, "mx.plain.test:25 verify required"],
    [
      "a.plain.test",
      { ...yes, tls: { mtaSts: true }, sts: { "a.plain.test": enforce } },
      "mx.plain.test:25 secure required",
    ],
    [
      "a.plain.test",
      { ...yes, tls: { policyMaps: ["hash:/t"] }, tables: { "hash:/t": { "a.plain.test": "secure" } } },
      "mx.plain.test:25 secure required, mx.signed.test:25 secure required",
    ],
    [
      "a.plain.test",
      { requireTls: "no", tls: { mtaSts: true }, sts: { "a.plain.test": enforce } },
      "mx.plain.test:25 none, mx.signed.test:25 none",
    ],
    ["a.signed.test", { ...dane, requireTls: "no" }, "mx.signed.test:25 may, mx2.signed.test:25 may"],
  ];
  for (const [nexthop, given, want] of rows) assertEquals(show(nexthop, given, which), want, nexthop);
});

Deno.test("findNextHop() gives each host the login that it wants (postconf(5) smtp_sasl_password_maps)", () => {
  const login = { isEnabled: true, passwordMaps: ["hash:/p"] };
  const tables = { "hash:/p": { "a.plain.test": "hop:1", "mx.signed.test": "host:2" } };
  const which = (host: HopHost) => host.login === undefined ? "nobody" : host.login.user;
  assertEquals(
    show("a.plain.test", { login, tables }, which),
    "mx.plain.test:25 hop, mx.signed.test:25 host",
  );
  assertEquals(
    show("a.signed.test", { login, tables }, which),
    "mx.signed.test:25 host, mx2.signed.test:25 nobody",
  );
  assertEquals(show("a.signed.test", { login, tables: {} }, which), "4.3.0 SASL password lookup failure");
});

/** Which keys fit which next hops, as Postfix 3.7 was seen to do it; all others do not. */
const keys: readonly (readonly [nexthop: string, ofTls: string, ofLogins: string])[] = [
  ["h.test", "h.test .test", "h.test"],
  ["H.Test", "h.test .test", "h.test"],
  ["sub.h.test", ".h.test sub.h.test .test", "sub.h.test"],
  ["[h.test]", "[h.test]", "h.test [h.test]"],
  ["[H.test]", "[h.test]", "h.test [h.test]"],
  ["h.test:25", "h.test:25", "h.test h.test:25"],
  ["[h.test]:25", "[h.test]:25", "h.test [h.test]:25"],
  ["[h.test]:smtp", "[h.test]:smtp", "h.test [h.test]:smtp"],
  ["sub.h.test:25", "sub.h.test:25", "sub.h.test sub.h.test:25"],
  ["mx.test", "mx.test .test", "h.test mx.test"],
  ["[198.51.100.1]", "[198.51.100.1]", "198.51.100.1 [198.51.100.1]"],
  ["198.51.100.1", "198.51.100.1", "198.51.100.1"],
];

Deno.test("findNextHop() asks for the keys that Postfix asks for (postconf(5) smtp_tls_policy_maps, smtp_sasl_password_maps)", () => {
  const login = { isEnabled: true, passwordMaps: ["hash:/t"] };
  const all = new Set(
    keys.flatMap(([nexthop, ...lists]) => [nexthop.toLowerCase(), ...lists.join(" ").split(" "), "test"]),
  );
  for (const [nexthop, ofTls, ofLogins] of keys) {
    for (const key of all) {
      const tls = show(nexthop, {
        tls: { policyMaps: ["hash:/t"] },
        tables: { "hash:/t": { [key]: "may" } },
      });
      assertEquals(tls.endsWith(" may"), ofTls.split(" ").includes(key), `TLS to ${nexthop} by ${key}`);
      const user = show(
        nexthop,
        { login, tables: { "hash:/t": { [key]: "u:p" } } },
        (host) => host.login?.user ?? "-",
      );
      assertEquals(user.endsWith(" u"), ofLogins.split(" ").includes(key), `login to ${nexthop} by ${key}`);
    }
  }
});
