import { assertEquals } from "@std/assert";

import { defaultAddressSettings } from "../address/default_settings.ts";
import { isFailure } from "../address/lookup.ts";
import { run } from "../address/testing_address.ts";
import { chooseMechanism } from "./choose_mechanism.ts";
import { findLogin } from "./find_login.ts";
import { defaultRelayLoginSettings, type RelayLoginSettings } from "./settings.ts";

const table = {
  "joe@example.test": "joe:one",
  "@example.org": "org:two",
  "smtp.relay.test": "host:three:with:colons",
  "[smtp.relay.test]:587": "hop:four",
  "bare.test": "user",
};

function find(
  host: string,
  { destination = host, sender = "", ...changes }:
    & { readonly destination?: string; readonly sender?: string }
    & Partial<RelayLoginSettings> = {},
): string | undefined {
  const settings = { ...defaultRelayLoginSettings, isEnabled: true, passwordMaps: ["hash:/p"], ...changes };
  const addresses = defaultAddressSettings("mail.here.test");
  const login = run(findLogin({ host, destination, sender }, settings, addresses), {
    tables: { "hash:/p": table, "hash:/bad": "cannot be read" },
  });
  if (login === undefined) return undefined;
  return isFailure(login) ? login.failure : `${login.user} ${login.password} (${login.source})`;
}

Deno.test("findLogin() looks for the sender, the host, the next hop (postconf(5) smtp_sasl_password_maps)", () => {
  const bySender = { bySender: true };
  const host = "host three:with:colons (hash:/p:3, key smtp.relay.test)";
  assertEquals(find("smtp.relay.test"), host);
  assertEquals(find("SMTP.relay.test", { destination: "[smtp.relay.test]:587" }), host);
  assertEquals(
    find("other.test", { destination: "[SMTP.relay.test]:587" }),
    "hop four (hash:/p:4, key [smtp.relay.test]:587)",
  );
  assertEquals(find("smtp.relay.test", { sender: "joe@example.test" }), host);
  assertEquals(
    find("smtp.relay.test", { sender: "Joe@Example.test", ...bySender }),
    "joe one (hash:/p:1, key Joe@example.test)",
  );
  assertEquals(
    find("smtp.relay.test", { sender: "any@example.org", ...bySender }),
    "org two (hash:/p:2, key @example.org)",
  );
  assertEquals(find("smtp.relay.test", { sender: "x@other.test", ...bySender }), host);
  assertEquals(find("smtp.relay.test", { sender: "", ...bySender }), host);
  assertEquals(find("bare.test"), "user  (hash:/p:5, key bare.test)");
  assertEquals(find("none.test"), undefined);
  assertEquals(find("sub.smtp.relay.test"), undefined);
  assertEquals(find("smtp.relay.test", { isEnabled: false }), undefined);
  assertEquals(find("smtp.relay.test", { passwordMaps: ["hash:/bad"] }), "cannot be read");
});

Deno.test("chooseMechanism() keeps to filter and security options, also those for TLS (postconf(5) smtp_sasl_...)", () => {
  const none = "no mechanism available";
  const all = ["SCRAM-SHA-256", "PLAIN", "LOGIN"];
  const rows: readonly (readonly [
    offered: string,
    settings: Partial<RelayLoginSettings>,
    isSecured: boolean,
    want: string,
  ])[] = [
    ["PLAIN LOGIN", {}, false, `${none} (noplaintext, noanonymous forbids PLAIN LOGIN)`],
    [
      "PLAIN LOGIN",
      { tlsSecurityOptions: ["noanonymous"] },
      false,
      `${none} (noplaintext, noanonymous forbids PLAIN LOGIN)`,
    ],
    ["PLAIN LOGIN", { tlsSecurityOptions: ["noanonymous"] }, true, "PLAIN"],
    ["plain scram-sha-256", {}, false, "SCRAM-SHA-256"],
    ["LOGIN", { securityOptions: [] }, false, "LOGIN"],
    ["PLAIN LOGIN", { securityOptions: [], mechanismFilter: ["login"] }, false, "LOGIN"],
    ["PLAIN LOGIN", { securityOptions: [], mechanismFilter: ["!plain", "static:rest"] }, false, "LOGIN"],
    [
      "PLAIN",
      { securityOptions: [], mechanismFilter: ["!plain"] },
      false,
      `${none} (the server offers PLAIN)`,
    ],
    ["GSSAPI", { securityOptions: [] }, true, `${none} (the server offers GSSAPI)`],
    ["", { securityOptions: [] }, true, `${none} (the server offers none)`],
    ["PLAIN SCRAM-SHA-256", { securityOptions: ["mutual_auth"] }, false, "SCRAM-SHA-256"],
    [
      "PLAIN SCRAM-SHA-256",
      { securityOptions: ["nodictionary"] },
      false,
      `${none} (nodictionary forbids SCRAM-SHA-256 PLAIN)`,
    ],
  ];
  for (const [offered, changes, isSecured, want] of rows) {
    const chosen = chooseMechanism({
      offered: offered.split(" ").filter((name) => name !== ""),
      known: all,
      isSecured,
      settings: { ...defaultRelayLoginSettings, ...changes },
    });
    assertEquals(chosen.kind === "mechanism" ? chosen.name : chosen.text, want, offered);
  }
});
