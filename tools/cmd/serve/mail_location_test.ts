import { assertEquals } from "@std/assert";

import { isBelow } from "./mail_location.ts";

Deno.test("isBelow() takes a directory and what is in it, and is led out by no `..`", () => {
  const rows: readonly (readonly [path: string, expected: boolean])[] = [
    ["/srv/mail", true],
    ["/srv/mail/u1/inbox", true],
    ["/srv/mail/..u1/inbox..", true],
    ["/srv/mailbox", false],
    ["/srv", false],
    ["", false],
    ["srv/mail/x", false],
    ["/srv/mail/../shadow", false],
    ["/srv/mail/u1/../../../etc/shadow", false],
    ["/srv/mail/..", false],
  ];
  for (const [path, expected] of rows) assertEquals(isBelow(path, ["/srv/mail", "/home/u2"]), expected, path);
});
