import { assertEquals } from "@std/assert";

import { isInstallationName, postfixDefault, postfixNames } from "./parameters.ts";

const services = new Set(["uucp"]);
const defaultOf = (name: string) => postfixDefault(name, services);

Deno.test("postfixDefault() knows shared, own, and derived defaults (postconf(5))", () => {
  const rows: readonly (readonly [name: string, text: string | undefined])[] = [
    ["relayhost", ""],
    ["biff", "yes"],
    ["append_dot_mydomain", "${{$compatibility_level} <level {1} ? {yes} : {no}}"],
    ["smtp_tls_key_file", "$smtp_tls_cert_file"],
    ["lmtp_tls_key_file", "$lmtp_tls_cert_file"],
    ["lmtp_tcp_port", "24"],
    ["smtpd_sasl_path", "smtpd"],
    ["undisclosed_recipients_header", ""],
    ["uucp_destination_recipient_limit", "$default_destination_recipient_limit"],
    ["other_destination_recipient_limit", undefined],
    ["local_destination_concurrency_limit", "2"],
    ["nosuch", undefined],
    ["toString", undefined],
    ["config_directory", undefined],
  ];
  for (const [name, text] of rows) assertEquals(defaultOf(name), text, name);
  assertEquals([isInstallationName("config_directory"), isInstallationName("relayhost")], [true, false]);
});

Deno.test("every parameter of Postfix stands once, and not among those of its installation", () => {
  assertEquals(new Set(postfixNames).size, postfixNames.length);
  assertEquals(
    postfixNames.filter((name) => isInstallationName(name) || !/^[a-z2][A-Za-z0-9_]+$/.test(name)),
    [],
  );
});
