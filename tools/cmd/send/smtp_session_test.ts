import { assertEquals, assertMatch } from "@std/assert";

import { concatBytes, utf8Bytes, utf8Text } from "../../kit/base/bytes.ts";
import { ManualClock } from "../../kit/base/clock.ts";
import { SeededRandom } from "../../kit/base/random.ts";
import { silentLog } from "../../kit/base/log.ts";

import { writeFileAtomically } from "../../../store/file/disk.ts";
import { SimDisk } from "../../../store/file/sim_disk.ts";
import { FileSpool } from "../../../store/spool/file_spool.ts";

import type { Context } from "../context.ts";

import { sendCommand } from "./send.ts";

interface Talk {
  readonly code: number;
  readonly said: string;
  readonly complaints: string;
  readonly dropped: readonly string[];
}

/** Runs `sendmail -bs` with `input`; what it said, and what is in maildrop afterwards. */
async function talk(input: string, more = ""): Promise<Talk> {
  const clock = new ManualClock();
  const disk = new SimDisk({ now: () => clock.now() });
  await disk.mkdir("/d", { parents: true });
  const settings = utf8Bytes(`myhostname = "mx.ref.test"\nqueue_directory = "/d/queue"\n${more}`);
  await writeFileAtomically(disk, "/d/mailsrv.toml", settings, { mode: 0o644, temporary: "/d/new" });
  let said = "";
  const complaints: string[] = [];
  const context: Context = {
    program: "sendmail",
    prefix: "mailsrv",
    disk,
    clock,
    random: new SeededRandom(1),
    env: () => undefined,
    print: () => Promise.resolve(),
    printBytes: (bytes) => {
      said += utf8Text(bytes);
      return Promise.resolve();
    },
    complain: (line) => complaints.push(line),
    input: new ReadableStream({
      start: (controller) => {
        for (const part of input.match(/[^]{1,30}/g) ?? []) controller.enqueue(utf8Bytes(part));
        controller.close();
      },
    }),
    inputIsTerminal: false,
  };
  const code = await sendCommand.run(context, {
    options: {},
    rest: ["--config", "/d/mailsrv.toml", "--data", "/d", "-bs"],
  });
  const spool = await FileSpool.open({ disk, directory: "/d/queue", clock, log: silentLog });
  const dropped: string[] = [];
  for (const id of await spool.dropped()) {
    const { envelope } = (await spool.find(id))!;
    const content = utf8Text(concatBytes(await Array.fromAsync(spool.content(id))));
    const to = envelope.recipients.map(({ address, notify }) =>
      `${address}${notify === undefined ? "" : ` ${notify}`}`
    );
    dropped.push(`${envelope.sender} > ${to.join(", ")}\n${content}`);
  }
  return { code, said, complaints: complaints.join("\n"), dropped };
}

Deno.test("sendmail -bs speaks SMTP and leaves messages in maildrop (sendmail(1) -bs)", async () => {
  const lines = [
    "EHLO me",
    "MAIL FROM:<u1@ref.test>",
    "RCPT TO:<a@b.test> NOTIFY=SUCCESS",
    "RCPT TO:<c@d.test>",
    "DATA",
    "Subject: x",
    "",
    "..dot",
    ".",
    "RSET",
    "QUIT",
  ];
  const { said, dropped } = await talk(lines.map((line) => `${line}\r\n`).join(""));
  assertMatch(said, /^220 mx\.ref\.test ESMTP /);
  assertMatch(said, /\r\n250 2\.0\.0 Ok: queued as [0-9A-F]+\r\n250 2\.0\.0 Ok\r\n221 2\.0\.0 Bye\r\n$/);
  assertEquals(dropped.length, 1);
  assertMatch(
    dropped[0]!,
    /^u1@ref\.test > a@b\.test SUCCESS, c@d\.test\nReceived: by mx\.ref\.test \(.*, from userid \d+\)\n\tid [0-9A-F]+; .*\nSubject: x\n\n\.dot\n$/,
  );
});

Deno.test("authorized_submit_users says who may hand in mail (postconf(5))", async () => {
  const lines = "HELO me\r\nQUIT\r\n";
  const bad = await talk(lines, `authorized_submit_users = ["!root", "!0", "nosuchuser"]\n`);
  assertEquals([bad.code, bad.said], [77, ""]);
  assertMatch(bad.complaints, /^fatal: User \S+\(\d+\) is not allowed to submit mail$/);
  const good = await talk(lines, `authorized_submit_users = ["!nosuchuser", "static:anyone"]\n`);
  assertEquals([good.code, good.complaints], [0, ""]);
});

Deno.test("sendmail -bs keeps nothing of a message that is not whole (RFC 5321 §4.1.1.4)", async () => {
  const { said, dropped } = await talk(
    "HELO me\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.test>\r\nDATA\r\nSubject: x\r\n\r\nhalf",
  );
  assertMatch(said, /354 /);
  assertEquals(dropped, []);
});
