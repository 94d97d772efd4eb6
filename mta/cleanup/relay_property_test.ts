/** What policy takes for ours must still be ours when it has been through cleanup: a difference would be an open relay. */

import { assertEquals } from "@std/assert";

import { SeededRandom } from "../../tools/kit/base/random.ts";
import { parsePath } from "../../tools/kit/mail/address.ts";

import { defaultAddressSettings } from "../address/default_settings.ts";
import { isFailure } from "../address/lookup.ts";
import { parseDomainList, parseStringList } from "../address/match_list.ts";
import { resolveAddress } from "../address/resolve.ts";
import { run } from "../address/testing_address.ts";
import { findAuthorized } from "../policy/recipient_rules.ts";
import { defaultPolicySettings } from "../policy/settings.ts";
import { runInWorld, strangerFacts } from "../policy/testing_policy.ts";
import { cleanEnvelope, EnvelopeCleaner } from "./envelope.ts";
import { defaultCleanupSettings } from "./settings.ts";

const pieces: readonly string[] = [
  ...[
    "victim",
    "far.test",
    "my.test",
    "mail.my.test",
    "v.test",
    "r.test",
    "sub.r.test",
    "[192.0.2.25]",
    "xn--bcher-kva.test",
  ],
  ...["@", "@", "@", "%", "!", ":", ",", '"', '"', "\\", ".", "..", "+", "-", "[", "]", " ", "\\@", "<", ">"],
  ...[
    "bücher.test",
    "ｍｙ.test",
    "MY.TEST",
    "my.test.",
    "far.test.",
    "[far.test]",
    "[IPv6:2001:db8::25]",
    "[192.0.2.26]",
    "\u3002",
  ],
];

Deno.test("what reject_unauth_destination lets pass is not sent elsewhere afterwards (RFC 5321 §3.6.2)", () => {
  const random = new SeededRandom(20_251);
  const pick = <T>(items: readonly T[]): T => items[random.below(items.length)]!;
  let passed = 0;
  for (let round = 0; round < 30_000; round++) {
    const addresses = defaultAddressSettings("mail.my.test", {
      myorigin: pick(["my.test", "mail.my.test"]),
      mydomain: "my.test",
      mydestination: parseStringList(["mail.my.test", "my.test"], { name: "mydestination" }),
      ownAddresses: ["192.0.2.25", "2001:db8::25"],
      relayDomains: parseDomainList(["r.test", "xn--bcher-kva.test"], {
        name: "relay_domains",
        subdomains: true,
      }),
      virtualMailboxDomains: parseStringList(["v.test"], { name: "virtual_mailbox_domains" }),
      swapBangpath: pick([true, true, false]),
      allowPercentHack: pick([true, true, false]),
      appendDotMydomain: pick([true, false]),
      recipientDelimiter: pick(["", "+", "-+"]),
    });
    const text = Array.from({ length: 1 + random.below(8) }, () => pick(pieces)).join("");
    const parsed = parsePath(`<${text}>`);
    if (parsed.kind !== "ok" || parsed.path === "") continue;
    const settings = defaultPolicySettings(addresses);
    const found = runInWorld(findAuthorized(parsed.path, { settings, facts: strangerFacts }), {});
    if (isFailure(found) || !found.isAuthorized) continue;
    passed++;
    const cleaner = new EnvelopeCleaner(defaultCleanupSettings(addresses), "smtp");
    run(cleanEnvelope(cleaner, "s@far.test", [{ address: parsed.path }]), {});
    for (const { address } of cleaner.recipients) {
      const resolved = run(resolveAddress(address, addresses, "s@far.test"), {});
      if (isFailure(resolved)) throw new Error(resolved.failure);
      assertEquals(
        [resolved.class === "default" || resolved.routed, resolved.recipient],
        [false, found.resolved.recipient],
        `${text}: ${parsed.path} became ${address}`,
      );
    }
  }
  assertEquals(passed > 1000, true, `${passed} addresses were ours`);
});
