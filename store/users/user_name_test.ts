import { assertEquals } from "@std/assert";

import { formatHome, parseUserName } from "./user_name.ts";

Deno.test("parseUserName() folds good names and knows no others", () => {
  for (const name of ["jane", "j", "jane.doe", "jane+x", "a-b_c=d", "jane@example.com", "0", "a..b", "-x"]) {
    assertEquals(parseUserName(name.toUpperCase()), name);
  }
  for (
    const name of [
      "",
      ".",
      "..",
      ".jane",
      "a/b",
      "a@",
      "@b",
      "a@b@c",
      "a@.b",
      "a@..",
      "a b",
      "a:b",
      "a\0",
      "ä",
      "%u",
      "~",
    ]
  ) {
    assertEquals(parseUserName(name), undefined, name);
  }
});

Deno.test("formatHome() puts the parts of a name in (Dovecot %u, %n, %d and their 2.4 forms)", () => {
  const rows: readonly (readonly [string, string, string])[] = [
    ["/mail/%u", "jane", "/mail/jane"],
    ["/mail/%d/%n", "jane@example.com", "/mail/example.com/jane"],
    ["/mail/%{user}", "jane@example.com", "/mail/jane@example.com"],
    ["/mail/%{user | domain}/%{user|username}", "jane@example.com", "/mail/example.com/jane"],
    ["/mail/100%%/%n%x%{y}", "jane", "/mail/100%/jane%x%{y}"],
  ];
  for (const [pattern, name, home] of rows) assertEquals(formatHome(pattern, name), home);
});
