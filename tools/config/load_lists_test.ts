import { assertEquals } from "@std/assert";

import { load, path } from "./testing_load.ts";

Deno.test("loadSettings() reads lists of restrictions, their tables and braces (postconf(5) smtpd_client_restrictions)", async () => {
  const { settings, told } = await load(
    `smtpd_client_restrictions = ["check_client_access hash:access", "permit_mynetworks"]
smtpd_recipient_restrictions = "hash:access, check_policy_service { inet:127.0.0.1:10023, timeout=5s }, cidr:{{10.0.0.0/8 OK}}"
smtpd_data_restrictions = "check_policy_service unix:private/policy, reject_unauth_pipelining"
`,
    { files: ["/etc/m/access"] },
  );
  assertEquals(told, []);
  assertEquals([
    settings.smtpd_client_restrictions,
    settings.smtpd_recipient_restrictions,
    settings.smtpd_data_restrictions,
  ], [
    ["check_client_access", "hash:/etc/m/access", "permit_mynetworks"],
    [
      "hash:/etc/m/access",
      "check_policy_service",
      "{ inet:127.0.0.1:10023, timeout=5s }",
      "cidr:{{10.0.0.0/8 OK}}",
    ],
    ["check_policy_service", "unix:private/policy", "reject_unauth_pipelining"],
  ]);
});

Deno.test("loadSettings() reads [restriction_classes] (postconf(5) smtpd_restriction_classes)", async () => {
  const { settings, restrictionClasses, told } = await load(
    `mail_name = "x"
[restriction_classes]
strict = ["reject_unknown_client_hostname", "check_sender_access hash:access"]
lax = "permit_mynetworks, reject"
[smtp]
smtpd_sender_restrictions = "strict"
`,
    { files: ["/etc/m/access"] },
  );
  assertEquals(told, []);
  assertEquals(settings.smtpd_restriction_classes, ["strict", "lax"]);
  assertEquals([...restrictionClasses], [
    ["strict", ["reject_unknown_client_hostname", "check_sender_access", "hash:/etc/m/access"]],
    ["lax", ["permit_mynetworks", "reject"]],
  ]);
});

Deno.test("loadSettings() tells what is wrong with restriction classes, at their lines", async () => {
  const { told } = await load(
    `smtpd_restriction_classes = ["strict", "none"]
[restriction_classes]
strict = "hsah:x"
strict = "reject"
other = true
`,
  );
  assertEquals(told.map((text) => text.replace(/; there are .*/, "")), [
    `${path}, line 1: smtpd_restriction_classes: there is no list of restrictions "none"`,
    `${path}, line 3: smtpd_restriction_classes: strict: unknown table type "hsah" (did you mean "hash"?)`,
    `${path}, line 4: "strict" is already set in line 3`,
    `${path}, line 5: other: expected a list of restrictions`,
  ]);
});

Deno.test("loadSettings() tells of restrictions that there are not, at their lines", async () => {
  const { told } = await load(
    `smtpd_helo_restrictions = "reject_unknown_helo_hostnam"
smtpd_data_restrictions = "static:OK"
[restriction_classes]
strict = "check_client_access, permit"
[submission]
smtpd_sender_restrictions = "strikt"
`,
  );
  assertEquals(told, [
    `${path}, line 1: smtpd_helo_restrictions: unknown restriction "reject_unknown_helo_hostnam": did you mean "reject_unknown_helo_hostname"?`,
    `${path}, line 2: smtpd_data_restrictions: write check_client_access, check_sender_access or the like before "static:OK"`,
    `${path}, line 4: strict: check_client_access must be followed by type:table`,
    `${path}, line 6: smtpd_sender_restrictions: unknown restriction "strikt": did you mean "strict"?`,
  ]);
});

Deno.test("loadSettings() gives each service its own restrictions, and submission one from the start", async () => {
  const { forService, told } = await load(
    `smtpd_relay_restrictions = "reject_unauth_destination"
soft_bounce = true
[submission]
mynetworks = ["10.0.0.0/8"]
reject_code = 550
soft_bounce = false
[lmtp]
smtpd_relay_restrictions = "permit_mynetworks, reject"
`,
  );
  assertEquals(told, []);
  const rows = (["smtp", "submission", "submissions", "lmtp"] as const).map((service) => {
    const settings = forService(service);
    return [settings.smtpd_relay_restrictions.join(" "), settings.reject_code, settings.soft_bounce];
  });
  assertEquals(rows, [
    ["reject_unauth_destination", 554, true],
    ["permit_sasl_authenticated reject", 550, false],
    ["permit_sasl_authenticated reject", 554, true],
    ["permit_mynetworks reject", 554, true],
  ]);
});

Deno.test("loadSettings() tells of files that name themselves, and of their items, at their lines", async () => {
  const { told, settings } = await load(`mydestination = ["/etc/m/access", "b.example"]\n`, {
    files: ["/etc/m/access"],
  });
  assertEquals([told, settings.mydestination], [[], ["x", "y", "b.example"]]);
});

Deno.test("loadSettings() leaves the $name of late texts (postconf(5) forward_path, default_rbl_reply)", async () => {
  const { settings, told } = await load(`luser_relay = "$local@other.example"\n`);
  assertEquals(told, []);
  assertEquals([settings.luser_relay, settings.forward_path], [
    "$local@other.example",
    "$home/.forward${recipient_delimiter}${extension}, $home/.forward",
  ]);
});
