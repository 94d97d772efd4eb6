import { assert, assertEquals, assertRejects } from "@std/assert";

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { concatBytes, latin1Bytes, latin1Text } from "../../tools/kit/base/bytes.ts";

import { SimDisk } from "../file/sim_disk.ts";
import { Content } from "../mailbox/content.ts";
import { formatFromLine } from "./from_line.ts";
import { formatContentLength } from "./metadata.ts";
import { measureMessage } from "./new_message.ts";
import { visibleRanges } from "./rewrite.ts";
import { scanMbox } from "./scan.ts";

const fromLine = "From a@b.test  Thu Jan  1 00:00:00 2026";

async function form(text: string, size: number, quotesSeparators = true): Promise<string> {
  const content = async function* () {
    for (let start = 0; start < text.length; start += size) {
      yield latin1Bytes(text.slice(start, start + size));
    }
  };
  const message = await measureMessage({ fromLine, fields: formatContentLength, quotesSeparators, content });
  const chunks: Bytes[] = [];
  for await (const chunk of message.chunks()) chunks.push(chunk);
  const bytes = concatBytes(chunks);
  assertEquals(message.octets, bytes.length);
  return latin1Text(bytes);
}

/** What readers see of the only message. */
async function seen(mbox: string): Promise<string> {
  const file = await new SimDisk().open("/mbox", { read: true, write: true, create: "always" });
  await file.write(latin1Bytes(mbox), 0);
  const messages = await scanMbox(file, 0, mbox.length);
  assertEquals(messages.length, 1);
  return latin1Text(await new Content(file, visibleRanges(messages[0]!)).whole()).replaceAll("\r\n", "\n");
}

Deno.test("a new message gets its length, and loses fields that readers would take for ours", async () => {
  const length = (octets: number) => `Content-Length: ${octets}\n`;
  const rows: readonly (readonly [string, string])[] = [
    ["A: 1\n\nx\n", `A: 1\n${length(2)}\nx\n\n`],
    ["A: 1\n\nno end", `A: 1\n${length(7)}\nno end\n\n`],
    ["A: 1\n\n", `A: 1\n${length(0)}\n\n`],
    ["A: 1\n", `A: 1\n${length(0)}\n\n`],
    ["A: 1", `A: 1\n${length(0)}\n\n`],
    ["A: 1\nStatus: RO", `A: 1\n${length(0)}\n\n`],
    ["", `${length(0)}\n\n`],
    ["\nx\n", `${length(2)}\nx\n\n`],
    ["A: 1\n\r\nx\n", `A: 1\n${length(2)}\nx\n\n`],
    ["status:\n\tRO\nA: 1\nX-IMAPBASE : 1 2\nX-Imap: 1 2\n3\n\nx\n", `A: 1\n3\n${length(2)}\nx\n\n`],
    ["Status: RO\n", `${length(0)}\n\n`],
  ];
  for (const [text, want] of rows) {
    for (const size of [1, 3, 1000]) {
      assertEquals(await form(text, size), `${fromLine}\n${want}`, `${JSON.stringify(text)} by ${size}`);
    }
  }
  assertEquals(await form("A: 1\n\nno end", 5, false), `${fromLine}\nA: 1\n${length(6)}\nno end\n\n`);
});

Deno.test("a new message reads back as it was, however long it is", async () => {
  const body = `From here\n\n${"line\n".repeat(100_000)}\n${fromLine}\n${"x".repeat(300_000)}\n`;
  for (const header of [100, 65_000, 66_000, 1_000_000]) {
    const text = `A: ${"a".repeat(header)}\nB: 1\n\n${body}`;
    for (const size of [4096, 65_536]) {
      assert(await seen(await form(text, size, false)) === text);
      const quoted = text.replace(`\n\n${fromLine}`, `\n\n>${fromLine}`);
      assert(await seen(await form(text, size)) === quoted);
    }
  }
});

Deno.test("a header of more than a megabyte is cut between two fields", async () => {
  const field = `A: ${"a".repeat(100_000)}\n`;
  const hidden = "Status: RO\n".repeat(20_000);
  for (const text of [field.repeat(30), `B: 1\n${field.trimEnd().repeat(30)}`, hidden + field.repeat(30)]) {
    const mbox = await form(`${text}\n\nx\n`, 65_536);
    const back = await seen(mbox);
    assert(back.replace("\n\n", "\n").trimEnd() === `${text.replaceAll("Status: RO\n", "")}\n\nx`.trimEnd());
    assert(back.indexOf("\n\n") < 1 << 20);
    // Who writes it anew comes to the same.
    assert(await form(mbox.slice(fromLine.length + 1, -1), 65_536) === mbox);
  }
});

Deno.test("a message that changes between two readings is not taken", async () => {
  let reads = 0;
  const content = async function* () {
    reads++;
    yield latin1Bytes(`A: 1\n\n${"x".repeat(70_000)}`);
    if (reads < 3) yield latin1Bytes("y");
  };
  const message = await measureMessage({
    fromLine,
    fields: formatContentLength,
    quotesSeparators: false,
    content,
  });
  await assertRejects(async () => await Array.fromAsync(message.chunks()), Error, "not as long");
});

Deno.test("formatFromLine() gives a separator whoever the sender is", async () => {
  for (const sender of ["", "a\nb@x.test", `"a b"@x.test`, "ü".repeat(1000), `${"x".repeat(5000)}@x.test`]) {
    const line = formatFromLine(sender, 0);
    const file = await new SimDisk().open("/mbox", { read: true, write: true, create: "always" });
    await file.write(new TextEncoder().encode(`${line}\nA: 1\n\n`));
    assertEquals((await scanMbox(file, 0, (await file.stat()).octets)).length, 1, line);
  }
  assert(formatFromLine("", 0).startsWith("From MAILER-DAEMON  "));
});
