import { assertEquals, assertThrows } from "@std/assert";

import { MailboxError } from "../account.ts";
import { directoryOf, nameOfDirectory } from "./layout.ts";

Deno.test("mailbox names go to Maildir++ directories and back", () => {
  const pairs: readonly (readonly [name: string, directory: string])[] = [
    ["Work", ".Work"],
    ["Work/2026", ".Work.2026"],
    ["INBOX/child", ".INBOX.child"],
    ["Entwürfe/X&Y", ".Entw&APw-rfe.X&-Y"],
  ];
  for (const [name, directory] of pairs) {
    assertEquals(directoryOf("/m", name), `/m/${directory}`);
    assertEquals(nameOfDirectory(directory), name);
  }
  assertEquals(directoryOf("/m", "INBOX"), "/m");
});

Deno.test("directories that hold no mailbox have no name", () => {
  for (const file of ["cur", ".", "..", "..DOVECOT-TRASHED", ".a..b", ".INBOX", ".bad&", ".a.", ".\u00fc"]) {
    assertEquals(nameOfDirectory(file), undefined, file);
  }
});

Deno.test("a dot in a name cannot be stored (Maildir++)", () => {
  assertThrows(() => directoryOf("/m", "a.b"), MailboxError, "Character not allowed in mailbox name: '.'");
});
