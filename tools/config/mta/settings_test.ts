import { assertEquals } from "@std/assert";

import { defaultAddressSettings } from "../../../mta/address/default_settings.ts";
import { defaultCleanupSettings } from "../../../mta/cleanup/settings.ts";
import { defaultExpansionSettings } from "../../../mta/address/local_settings.ts";
import { defaultLocalDeliverySettings } from "../../../mta/delivery/local_settings.ts";
import { defaultPolicySettings, defaultRestrictions } from "../../../mta/policy/settings.ts";

import { load as loadPostfix } from "../postfix/testing_postfix.ts";
import { facts, load } from "../testing_load.ts";
import { addressSettings, probeAddressSettings } from "./address_settings.ts";
import { cleanupSettings } from "./cleanup_settings.ts";
import { expansionSettings, localDeliverySettings } from "./delivery_settings.ts";
import { policySettings } from "./policy_settings.ts";
import { settingsView } from "./view.ts";

const ownAddresses = ["127.0.0.1", "192.0.2.7", "::1", "2001:db8::7"];

Deno.test("an empty settings file comes to the defaults of mta (postconf(5))", async () => {
  const loaded = await load(`myhostname = "mail.example.test"\nmynetworks = ["127.0.0.0/8", "[::1]/128"]\n`);
  const view = settingsView(loaded);
  const addresses = addressSettings(view, facts);
  assertEquals(addresses, defaultAddressSettings("mail.example.test", { ownAddresses }));
  const policy = policySettings(view, addresses);
  assertEquals(policy, defaultPolicySettings(addresses, { saslEnabled: false, mailVersion: "1" }));
  assertEquals(cleanupSettings(loaded.settings, addresses), defaultCleanupSettings(addresses));
  // deno-lint-ignore require-yield
  const isLocal = function* () {
    return true;
  };
  assertEquals(
    expansionSettings(loaded.settings, isLocal),
    defaultExpansionSettings({ isLocal, myorigin: "mail.example.test" }),
  );
  assertEquals(
    localDeliverySettings(loaded.settings),
    defaultLocalDeliverySettings({
      myhostname: "mail.example.test",
      mydomain: "example.test",
      mailName: "mailsrv",
    }),
  );
  assertEquals(probeAddressSettings(addresses, loaded.settings), addresses);
});

Deno.test("each service has its own restrictions (master.cf -o)", async () => {
  const loaded = await load("");
  const lists = (service: "smtp" | "submission" | "lmtp") => {
    const view = settingsView(loaded, service);
    return policySettings(view, addressSettings(view, facts)).lists;
  };
  for (const service of ["smtp", "submission", "lmtp"] as const) {
    assertEquals(lists(service), defaultRestrictions[service], service);
  }
});

Deno.test("local_recipient_maps of users and aliases stands for this server's (postconf(5))", async () => {
  const of = async (text: string) => {
    const loaded = await loadPostfix(`compatibility_level = 3.6\n${text}\n`);
    return addressSettings(settingsView(loaded), facts).localRecipientMaps;
  };
  assertEquals(await of(""), undefined);
  assertEquals(await of("local_recipient_maps = $alias_maps unix:passwd.byname"), undefined);
  assertEquals(await of("local_recipient_maps ="), []);
  assertEquals(await of("local_recipient_maps = hash:/etc/aliases"), ["hash:/etc/aliases"]);
  assertEquals(await of("local_recipient_maps = unix:passwd.byname"), ["unix:passwd.byname"]);
});

Deno.test("lists keep where their items stand, and whether names mean those below them (postconf(5))", async () => {
  const loaded = await load(
    `relay_domains = ["a.example", "/etc/m/access"]\nparent_domain_matches_subdomains = ["transport_maps"]
access_table_dotted_keys = false
mynetworks_table_actions = false
mynetworks = "10.0.0.0/8, inline:{x=y}"
inet_interfaces = "192.0.2.7, [2001:db8::8]"
proxy_interfaces = "198.51.100.1"
`,
    { files: ["/etc/m/access"] },
  );
  const view = settingsView(loaded);
  const addresses = addressSettings(view, facts);
  const { relayDomains, parentDomainMatches } = addresses;
  assertEquals(relayDomains.entries.map(({ text, file, line }) => [text, file, line]), [
    ["a.example", undefined, undefined],
    ["x", "/etc/m/access", 1],
    ["y", "/etc/m/access", 1],
  ]);
  assertEquals([relayDomains.subdomains, relayDomains.dottedKeys], [false, false]);
  assertEquals(parentDomainMatches, { transportMaps: true, accessMaps: false });
  const { mynetworks } = policySettings(view, addresses);
  assertEquals([mynetworks.subdomains, mynetworks.tableActions, mynetworks.entries.length], [
    false,
    false,
    2,
  ]);
  assertEquals(addresses.ownAddresses, ["192.0.2.7", "2001:db8::8", "198.51.100.1"]);
});

Deno.test("receive_override_options leave out what they name (postconf(5))", async () => {
  const loaded = await load(
    `[smtp]\nreceive_override_options = "no_unknown_recipient_checks, no_address_mappings"\n`,
  );
  const view = settingsView(loaded, "smtp");
  const addresses = addressSettings(view, facts);
  const { mapAddresses, checkContent } = cleanupSettings(view.settings, addresses);
  assertEquals([policySettings(view, addresses).rejectUnlistedRecipient, mapAddresses, checkContent], [
    false,
    false,
    true,
  ]);
});
