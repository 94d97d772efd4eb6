/** The mailbox suite's cases on messages: octets, flags, dates, UIDs, copies, searches. */

import { assert, assertEquals, assertGreater } from "@std/assert";

import { concatBytes, latin1Text, utf8Bytes } from "../tools/kit/base/bytes.ts";

import type { MailboxCase } from "./mailbox_fixture.ts";
import {
  appendText,
  assertRefused,
  flagsOf,
  messageOf,
  readText,
  simpleMessage,
  uidsOf,
  withMailbox,
} from "./mailbox_fixture.ts";
import type { SearchKey } from "./search/search_key.ts";

const nested = [
  "From: A <a@remote.test>",
  "Subject: outer",
  "MIME-Version: 1.0",
  'Content-Type: multipart/mixed; boundary="b"',
  "",
  "--b",
  "",
  "first part",
  "--b",
  "Content-Type: text/html",
  "",
  "<p>second</p>",
  "--b--",
  "",
].join("\r\n");

export const contentCases: Record<string, MailboxCase> = {
  "an untouched account has an empty INBOX whose numbers are at least 1 (RFC 3501 §9 nz-number)": (
    _,
    account,
  ) =>
    withMailbox(account, "inbox", (inbox) => {
      const { messages, uidNext, uidValidity } = inbox.snapshot();
      assertEquals(messages.length, 0);
      assertEquals(inbox.name, "INBOX");
      assertGreater(uidNext, 0);
      assertGreater(uidValidity, 0);
      return Promise.resolve();
    }),

  "a message is read back octet by octet with its size, date and flags": async (world, account) => {
    const receivedMs = Date.UTC(2025, 5, 5, 10, 11, 12);
    const uid = await appendText(account, "INBOX", simpleMessage, { flags: ["\\seen", "$Junk"], receivedMs });
    for (const opened of [account, world.open()]) {
      await withMailbox(opened, "INBOX", async (inbox) => {
        const [data] = await inbox.fetch([uid], { header: true });
        assertEquals(data!.summary.octets, simpleMessage.length);
        assertEquals(data!.summary.receivedMs, receivedMs);
        assertEquals(data!.summary.flags, ["\\Seen", "$Junk"]);
        assertEquals(
          latin1Text(data!.header!),
          simpleMessage.slice(0, simpleMessage.indexOf("\r\n\r\n") + 4),
        );
        assertEquals(await readText(inbox, uid), simpleMessage);
        assert(inbox.snapshot().keywords.includes("$Junk"));
      });
    }
  },

  "lines that end with LF alone are read back with CRLF": async (_, account) => {
    const uid = await appendText(account, "INBOX", simpleMessage.replaceAll("\r\n", "\n"));
    await withMailbox(account, "INBOX", async (inbox) => {
      assertEquals(await readText(inbox, uid), simpleMessage);
    });
  },

  "octets of every kind come back, at any cut of writing and reading": async (_, account) => {
    const text =
      "Subject: bin\r\n\r\nCR\rin line\r\n\r\n.dot\r\nn\u00e4h \u00ff\u0000\u0001\r\n\r\n\r\nlast\r\n";
    const bytes = utf8Bytes(text);
    const appending = await account.append("INBOX", { flags: [] });
    for (const octet of bytes) await appending.write(new Uint8Array([octet]));
    const { uid } = await appending.commit();
    await withMailbox(account, "INBOX", async (inbox) => {
      for (const step of [1, 7, 1000]) {
        const parts = [];
        for (let offset = 0; offset < bytes.length; offset += step) {
          parts.push(await inbox.read(uid, offset, step));
        }
        assertEquals(concatBytes(parts), bytes);
      }
      assertEquals((await inbox.read(uid, bytes.length, 10)).length, 0);
      assertEquals(await inbox.read(uid, 5, 3), bytes.slice(5, 8));
    });
  },

  "a message of 3 MB is read in pieces, forwards and back": async (_, account) => {
    const line = `${"0123456789".repeat(7)}\r\n`;
    const text = `Subject: large\r\n\r\n${line.repeat(45_000)}`;
    const uid = await appendText(account, "INBOX", text);
    await withMailbox(account, "INBOX", async (inbox) => {
      assertEquals((await inbox.fetch([uid], {}))[0]!.summary.octets, text.length);
      for (const offset of [0, 2_900_001, 1_000_003, 1_000_103]) {
        const piece = await inbox.read(uid, offset, 100_000);
        assertEquals(latin1Text(piece), text.slice(offset, offset + 100_000));
      }
      assertEquals(await readText(inbox, uid), text);
    });
  },

  "body lines that begin with From stay part of the message, unchanged (mboxrd)": async (_, account) => {
    const bodies = [
      "x\r\n\r\nFrom now on all is well\r\ny\r\n",
      "\r\nFrom a@b.test Thu Jan  1 00:00:00 2026\r\n\r\n>From here\r\n",
      "From a@b.test  Thu Jan  1 00:00:00 2026\r\nlast\r\n",
    ];
    const uids: number[] = [];
    for (const [index, body] of bodies.entries()) {
      uids.push(await appendText(account, "INBOX", messageOf(`m${index}`, body)));
    }
    await withMailbox(account, "INBOX", async (inbox) => {
      assertEquals(uidsOf(inbox), uids);
      for (const [index, body] of bodies.entries()) {
        assertEquals(await readText(inbox, uids[index]!), messageOf(`m${index}`, body));
      }
    });
  },

  "UIDs ascend, last, and are not given again (RFC 3501 §2.3.1.1)": async (world, account) => {
    const uids: number[] = [];
    for (const subject of ["one", "two", "three"]) {
      uids.push(await appendText(account, "INBOX", messageOf(subject)));
    }
    assert(uids[0]! < uids[1]! && uids[1]! < uids[2]!);
    const validity = await withMailbox(account, "INBOX", async (inbox) => {
      assertEquals(uidsOf(inbox), uids);
      assertEquals(await inbox.remove([uids[1]!, uids[2]!]), [uids[1]!, uids[2]!]);
      return inbox.snapshot().uidValidity;
    });
    const again = world.open();
    const uid = await appendText(again, "INBOX", messageOf("four"));
    assertGreater(uid, uids[2]!);
    await withMailbox(again, "INBOX", (inbox) => {
      assertEquals(uidsOf(inbox), [uids[0]!, uid]);
      assertEquals(inbox.snapshot().uidValidity, validity);
      assertEquals(inbox.snapshot().uidNext, uid + 1);
      return Promise.resolve();
    });
  },

  "an emptied mailbox keeps UIDVALIDITY and its next UID (RFC 3501 §2.3.1.1)": async (world, account) => {
    const uid = await appendText(account, "INBOX", simpleMessage);
    const validity = await withMailbox(account, "INBOX", async (inbox) => {
      await inbox.remove([uid]);
      return inbox.snapshot().uidValidity;
    });
    await withMailbox(world.open(), "INBOX", (inbox) => {
      assertEquals(inbox.snapshot().messages, []);
      assertEquals(inbox.snapshot().uidValidity, validity);
      assertGreater(inbox.snapshot().uidNext, uid);
      return Promise.resolve();
    });
  },

  "flags are added, removed and replaced; numbers and order stay": async (world, account) => {
    const uids: number[] = [];
    for (const subject of ["one", "two", "three"]) {
      uids.push(await appendText(account, "INBOX", messageOf(subject)));
    }
    const middle = uids[1]!;
    await withMailbox(account, "INBOX", async (inbox) => {
      const before = inbox.snapshot().highestModSeq;
      const set = await inbox.setFlags([middle], "add", ["\\Flagged", "\\Deleted", "\\answered", "\\Seen"]);
      assertEquals(set[0]!.flags, ["\\Answered", "\\Flagged", "\\Deleted", "\\Seen"]);
      assertGreater(set[0]!.modSeq, before);
      await inbox.setFlags([middle], "remove", ["\\Deleted", "\\FLAGGED"]);
      assertEquals(flagsOf(inbox, middle), ["\\Answered", "\\Seen"]);
      await inbox.setFlags([middle], "replace", ["\\Draft", "Work", "$Forwarded"]);
      assertEquals(flagsOf(inbox, middle), ["\\Draft", "$Forwarded", "Work"]);
      await inbox.setFlags([middle], "add", ["work"]);
      assertEquals(await inbox.setFlags([middle, 99_999], "remove", ["nothing"]), [
        {
          uid: middle,
          flags: ["\\Draft", "$Forwarded", "Work"],
          modSeq: inbox.snapshot().messages[1]!.modSeq,
        },
      ]);
      assertEquals(uidsOf(inbox), uids);
    });
    await withMailbox(world.open(), "INBOX", (inbox) => {
      assertEquals(uidsOf(inbox), uids);
      assertEquals(flagsOf(inbox, middle), ["\\Draft", "$Forwarded", "Work"]);
      assertEquals(flagsOf(inbox, uids[0]!), []);
      return Promise.resolve();
    });
  },

  "expunge removes what has \\Deleted and nothing else; remove does not ask": async (_, account) => {
    const uids: number[] = [];
    for (const name of ["a", "b", "c", "d"]) uids.push(await appendText(account, "INBOX", messageOf(name)));
    await withMailbox(account, "INBOX", async (inbox) => {
      await inbox.setFlags([uids[0]!, uids[2]!], "add", ["\\Deleted"]);
      assertEquals(await inbox.expunge([uids[1]!, uids[2]!]), [uids[2]!]);
      assertEquals(await inbox.expunge(), [uids[0]!]);
      assertEquals(await inbox.remove([uids[3]!, uids[0]!]), [uids[3]!]);
      assertEquals((await inbox.sync()).vanished, [uids[0]!, uids[2]!, uids[3]!]);
      await assertRefused("expunged", () => inbox.read(uids[0]!, 0, 10));
      assertEquals(
        await inbox.fetch(uids, { envelope: true }),
        await inbox.fetch([uids[1]!], { envelope: true }),
      );
      assertEquals(uidsOf(inbox), [uids[1]!]);
    });
  },

  "envelope and structure are parsed from the stored message": async (_, account) => {
    const uid = await appendText(account, "INBOX", nested);
    await withMailbox(account, "INBOX", async (inbox) => {
      for (let round = 0; round < 2; round++) {
        const [data] = await inbox.fetch([uid], { envelope: true, structure: true });
        assertEquals(data!.envelope!.subject, "outer");
        assertEquals(data!.structure!.parts.map((part) => part.subtype), ["plain", "html"]);
        const { bodyStart, bodyEnd } = data!.structure!.parts[1]!;
        assertEquals(latin1Text(await inbox.read(uid, bodyStart, bodyEnd - bodyStart)), "<p>second</p>");
      }
    });
  },

  "copies carry text, flags and date; a move leaves none behind (RFC 4315 §3, RFC 6851)": async (
    world,
    account,
  ) => {
    await account.create("Saved");
    const receivedMs = Date.UTC(2024, 1, 2, 3, 4, 5);
    const one = await appendText(account, "INBOX", messageOf("one"), {
      flags: ["\\Seen", "Work"],
      receivedMs,
    });
    const two = await appendText(account, "INBOX", messageOf("two"), { receivedMs });
    await withMailbox(account, "INBOX", async (inbox) => {
      const copied = await inbox.copy([two, one, 9999], "Saved", { move: false });
      assertEquals(copied.from, [one, two]);
      const moved = await inbox.copy([one], "Saved", { move: true });
      assertEquals(uidsOf(inbox), [two]);
      await withMailbox(world.open(), "Saved", async (saved) => {
        assertEquals(uidsOf(saved), [...copied.to, ...moved.to]);
        assertEquals(saved.snapshot().uidValidity, copied.uidValidity);
        for (const uid of [copied.to[0]!, moved.to[0]!]) {
          assertEquals(await readText(saved, uid), messageOf("one"));
          assertEquals((await saved.fetch([uid], {}))[0]!.summary.receivedMs, receivedMs);
          assertEquals(flagsOf(saved, uid), ["\\Seen", "Work"]);
        }
      });
      await assertRefused("nonexistent", () => inbox.copy([two], "Nowhere", { move: true }));
      assertEquals(uidsOf(inbox), [two]);
    });
  },

  "a mailbox takes copies of its own messages": async (_, account) => {
    const uid = await appendText(account, "INBOX", simpleMessage);
    await withMailbox(account, "INBOX", async (inbox) => {
      const { to } = await inbox.copy([uid], "INBOX", { move: false });
      assertEquals(uidsOf(inbox), [uid, to[0]!]);
      assertEquals(await readText(inbox, to[0]!), simpleMessage);
    });
  },

  "an aborted message leaves nothing": async (_, account) => {
    const appending = await account.append("INBOX", { flags: [] });
    await appending.write(utf8Bytes("Subject: half"));
    await appending.abort();
    assertEquals((await account.status("INBOX", { octets: true })).messages, 0);
    await assertRefused("nonexistent", () => account.append("Nowhere", { flags: [] }));
  },

  "search looks at flags, sizes, dates, headers and texts (RFC 3501 §6.4.4)": async (_, account) => {
    const day = Date.UTC(2025, 2, 3);
    const one = await appendText(account, "INBOX", messageOf("apple pie"), {
      flags: ["\\Seen"],
      receivedMs: day + 1000,
    });
    const two = await appendText(
      account,
      "INBOX",
      messageOf("banana", "a long body with plums\r\n".repeat(20)),
      {
        receivedMs: day + 86_400_000,
      },
    );
    const searches: readonly (readonly [key: SearchKey, uids: readonly number[]])[] = [
      [{ kind: "all" }, [one, two]],
      [{ kind: "flag", flag: "\\Seen" }, [one]],
      [{ kind: "not", key: { kind: "flag", flag: "\\Seen" } }, [two]],
      [{ kind: "uids", ranges: [[two, 4294967295]] }, [two]],
      [{ kind: "larger", octets: 300 }, [two]],
      [{ kind: "date", field: "received", relation: "on", dayMs: day }, [one]],
      [{ kind: "header", field: "subject", text: "APPLE" }, [one]],
      [{ kind: "header", field: "x-none", text: "" }, []],
      [{ kind: "body", text: "plums" }, [two]],
      [{ kind: "text", text: "banana" }, [two]],
      [{
        kind: "or",
        left: { kind: "header", field: "subject", text: "apple" },
        right: { kind: "body", text: "plums" },
      }, [one, two]],
      [{ kind: "and", keys: [{ kind: "flag", flag: "\\Seen" }, { kind: "body", text: "plums" }] }, []],
    ];
    await withMailbox(account, "INBOX", async (inbox) => {
      for (const [key, uids] of searches) assertEquals(await inbox.search(key), uids, JSON.stringify(key));
    });
  },
};
