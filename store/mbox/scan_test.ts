import { assertEquals } from "@std/assert";

import { latin1Bytes, latin1Text } from "../../tools/kit/base/bytes.ts";

import type { DiskFile } from "../file/disk.ts";
import { SimDisk } from "../file/sim_disk.ts";
import { Content } from "../mailbox/content.ts";
import { visibleRanges } from "./rewrite.ts";
import { scanMbox } from "./scan.ts";

const from = "From a@b.test Thu Jan  1 00:00:00 2026\n";

async function fileOf(text: string): Promise<DiskFile> {
  const file = await new SimDisk().open("/mbox", { read: true, write: true, create: "always" });
  await file.write(latin1Bytes(text), 0);
  return file;
}

/** What clients see of each message. */
async function scan(text: string): Promise<string[]> {
  const file = await fileOf(text);
  const messages = await scanMbox(file, 0, text.length);
  const seen: string[] = [];
  for (const message of messages) {
    const whole = latin1Text(await new Content(file, visibleRanges(message)).whole());
    assertEquals(message.octets, whole.length, `octets of ${JSON.stringify(whole)}`);
    seen.push(whole.replaceAll("\r\n", "\n"));
  }
  return seen;
}

Deno.test("messages are parted where an empty line and a From line with a date stand (mbox)", async () => {
  const cases: readonly (readonly [text: string, messages: readonly string[]])[] = [
    ["", []],
    [`${from}A: 1\n\nx\n\n${from}B: 2\n\ny\n\n`, ["A: 1\n\nx\n", "B: 2\n\ny\n"]],
    // No empty line at the end, or not even a line end.
    [`${from}A: 1\n\nx\n`, ["A: 1\n\nx\n"]],
    [`${from}A: 1\n\nx`, ["A: 1\n\nx"]],
    // Empty bodies, with and without the separating line.
    [`${from}A: 1\n\n${from}B: 2\n\n\n`, ["A: 1\n\n", "B: 2\n\n"]],
    [`${from}A: 1\n\n\n${from}B: 2\n\n`, ["A: 1\n\n", "B: 2\n\n"]],
    [`${from}A: 1\n`, ["A: 1\n"]],
    // Lines that are no separators.
    [`${from}A: 1\n\nx\nFrom here on\n\nFrom now on\n\n`, ["A: 1\n\nx\nFrom here on\n\nFrom now on\n"]],
    [`${from}A: 1\n\nx\n${from}y\n\n`, [`A: 1\n\nx\n${from}y\n`]],
    [`${from}A: 1\n\n>From x\n>>From y\n\n`, ["A: 1\n\n>From x\n>>From y\n"]],
    // Three empty lines: two belong to the message.
    [`${from}A: 1\n\nx\n\n\n\n${from}B: 2\n\ny\n\n`, ["A: 1\n\nx\n\n\n", "B: 2\n\ny\n"]],
    // Octets before the first From line are nobody's.
    [`\n\n${from}A: 1\n\nx\n\n`, ["A: 1\n\nx\n"]],
  ];
  for (const [text, messages] of cases) {
    assertEquals(await scan(text), messages, JSON.stringify(text));
    const crlf = text.replaceAll("\n", "\r\n");
    assertEquals(await scan(crlf), messages, `with CRLF: ${JSON.stringify(text)}`);
  }
});

Deno.test("hidden fields are never shown, folded ones as a whole (Dovecot mbox)", async () => {
  const header =
    "X-IMAPbase: 12 0000000007\n Work\nA: 1\nStatus: RO\nX-UID: 3\nX-Keywords:\n\tWork\nStatus-X: shown\n";
  assertEquals(await scan(`${from}${header}Content-Length: 2\n\nx\n\n`), ["A: 1\nStatus-X: shown\n\nx\n"]);
});

Deno.test("Content-Length is believed only where a message really ends", async () => {
  const body = `x\n\n${from}y\n`;
  assertEquals(await scan(`${from}Content-Length: ${body.length}\n\n${body}\n${from}B: 2\n\nz\n\n`), [
    `\n${body}`,
    "B: 2\n\nz\n",
  ]);
  assertEquals(await scan(`${from}Content-Length: ${body.length}\n\n${body}\n`), [`\n${body}`]);
  assertEquals(
    (await scan(`${from}Content-Length: ${body.length + 3}\n\n${body}\n${from}B: 2\n\nz\n\n`)).length,
    3,
  );
  for (const length of ["9999999", "-1", "1e3", "x", ""]) {
    assertEquals(
      (await scan(`${from}Content-Length: ${length}\n\n${body}\n${from}B: 2\n\nz\n\n`)).length,
      3,
      length,
    );
  }
});

Deno.test("lines and headers longer than any buffer are read at their places", async () => {
  const long = "x".repeat(700_000);
  const text = `${from}A: ${long}\n\n${long}\r\n${long}\n\n${from}B: 2\n\n${
    "y\n".repeat(300_000)
  }\n${from}C: 3\n\nz\n\n`;
  const messages = await scan(text);
  assertEquals(messages.map((message) => message.length), [
    `A: ${long}\n\n${long}\n${long}\n`.length,
    `B: 2\n\n${"y\n".repeat(300_000)}`.length,
    "C: 3\n\nz\n".length,
  ]);
});

Deno.test("a From line is seen wherever a buffer's end cuts it", async () => {
  const step = 7;
  for (let pad = 262_144 - 120; pad < 262_144 + 20; pad += step) {
    const text = `${from}A: 1\n\n${"p".repeat(pad)}\n\n${from}B: 2\n\nz\n\n`;
    assertEquals((await scan(text)).length, 2, `${pad}`);
  }
});
