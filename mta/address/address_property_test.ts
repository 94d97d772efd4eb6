/** No address and no table makes address code throw, hang or forget the domain. */

import { assert } from "@std/assert";

import { SeededRandom } from "../../tools/kit/base/random.ts";

import { canonicalize } from "./canonical.ts";
import { defaultAddressSettings } from "./default_settings.ts";
import { findListed } from "./listed.ts";
import { isFailure } from "./lookup.ts";
import { masquerade } from "./masquerade.ts";
import { parseDomainList, parseNetworkList, parseStringList } from "./match_list.ts";
import { matchNetwork } from "./network_list.ts";
import { resolveAddress } from "./resolve.ts";
import { rewriteAddress } from "./rewrite.ts";
import { run, type TestWorld } from "./testing_address.ts";
import { expandVirtual } from "./virtual.ts";

const locals = [
  "joe",
  "ann+x",
  "-x",
  '"odd user"',
  '"a@b"',
  '""',
  "",
  "postmaster",
  "a..b",
  "é",
  '"',
  "\\",
  "owner-x",
];
const domains = [
  "mx.ref.test",
  "a.test",
  "b.test",
  "[127.0.0.1]",
  "[IPv6:::1]",
  "[",
  "",
  ".",
  "x..y",
  "bücher.test",
  "1.2.3.4",
];
const joints = ["@", "%", "!", "@", ":", ",", " ", "@@", '"'];
const specs = ["hash:/1", "hash:/2", "pcre:/3", "hash:/absent"];

const seed = 20261125;

Deno.test(`any address, in any tables, comes to an end (seed ${seed})`, () => {
  const random = new SeededRandom(seed);
  const pick = <T>(items: readonly T[]): T => items[random.below(items.length)]!;
  const someAddress = () => {
    let text = pick(locals);
    for (let joint = random.below(4); joint > 0; joint--) {
      text += pick(joints) + pick(random.below(3) ? domains : locals);
    }
    return random.below(8) === 0 ? text : `${text}@${pick(domains)}`;
  };
  const someKey = () =>
    pick([someAddress(), pick(domains), `@${pick(domains)}`, pick(locals), `.${pick(domains)}`, "*"]);
  const someValue = () =>
    pick([
      someAddress(),
      `${someAddress()}, ${someAddress()}`,
      `@${pick(domains)}`,
      ":",
      "error:5.1.2 no",
      "",
      "()",
      "REJECT",
    ]);
  const someMaps = () => specs.filter(() => random.below(3) === 0);
  const someItems = () =>
    Array.from({ length: random.below(4) }, () => pick([...domains, "!a.test", ...specs, "/f"]));

  for (let round = 0; round < 1500; round++) {
    const table = () =>
      Object.fromEntries(Array.from({ length: 12 }, () => [someKey().toLowerCase(), someValue()]));
    const world: TestWorld = {
      tables: { "hash:/1": table(), "hash:/2": table(), "pcre:/3": table() },
      users: ["joe"],
    };
    const settings = defaultAddressSettings("mx.ref.test", {
      recipientDelimiter: pick(["", "+", "+-"]),
      appendDotMydomain: random.below(2) === 0,
      appendAtMyorigin: random.below(4) > 0,
      swapBangpath: random.below(2) === 0,
      allowPercentHack: random.below(2) === 0,
      mydestination: parseStringList(["mx.ref.test", ...someItems()], { name: "mydestination" }),
      virtualAliasDomains: parseStringList(someItems(), { name: "virtual_alias_domains" }),
      relayDomains: parseDomainList(someItems(), {
        name: "relay_domains",
        subdomains: random.below(2) === 0,
      }),
      virtualAliasMaps: someMaps(),
      canonicalMaps: someMaps(),
      transportMaps: someMaps(),
      relocatedMaps: someMaps(),
      senderDependentRelayhostMaps: someMaps(),
      localRecipientMaps: pick([undefined, [], ["hash:/1"]]),
      aliasMaps: someMaps(),
      masqueradeDomains: ["!a.test", "test"],
      virtualAliasExpansionLimit: 20,
      virtualAliasRecursionLimit: 20,
    });
    for (let turn = 0; turn < 4; turn++) {
      const address = someAddress();
      const canonical = rewriteAddress(address, settings);
      const resolved = run(resolveAddress(address, settings, someAddress()), world);
      if (!isFailure(resolved)) {
        assert(resolved.recipient.includes("@"), address);
        assert(resolved.transport !== "" || resolved.route !== undefined, `${address}: no transport`);
      }
      run(findListed(address, pick(["sender", "recipient"]), settings), world);
      run(expandVirtual(canonical, settings), world);
      run(canonicalize(canonical, "envelope_sender", settings), world);
      masquerade(canonical, "envelope_sender", settings);
      const networks = parseNetworkList(someItems(), { name: "mynetworks" });
      run(
        matchNetwork(networks, {
          name: pick(domains),
          address: pick(["192.0.2.1", "::1", "2001:db8::1", ""]),
        }),
        world,
      );
    }
  }
});
