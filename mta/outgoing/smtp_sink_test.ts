/** The client beside Postfix's smtp-sink(1), where that is installed: it breaks off and refuses at every command. */

import { assertEquals } from "@std/assert";

import { Bench, host } from "./testing_bench.ts";

const program = "/usr/sbin/smtp-sink";

/** Runs it with these options on a free port. */
async function withSink(options: readonly string[], run: (port: number) => Promise<void>): Promise<void> {
  const probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = probe.addr;
  probe.close();
  const user = Deno.uid() === 0 ? ["-u", "nobody"] : [];
  const sink = new Deno.Command(program, {
    args: [...user, "-c", "-h", "sink.test", ...options, `127.0.0.1:${port}`, "10"],
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    await listening(port);
    await run(port);
  } finally {
    sink.kill("SIGTERM");
    await sink.status;
  }
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 2000; tries++) {
    try {
      return (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    } catch {
      // Not yet.
    }
  }
  throw new Error("smtp-sink does not listen");
}

const where = "sink.test[127.0.0.1]";
const said = (text: string, command: string) =>
  `host ${where} said: ${text} (in reply to ${command} command)`;
const soft = "450 4.3.0 Error: command failed";
const hard = "500 5.3.0 Error: command failed";
const closing = "421 4.0.0 Server closing connection";

const rows: readonly [options: readonly string[], outcome: string][] = [
  [[], `delivered 2.0.0 ${where} 1 250 2.0.0 Ok`],
  [["-a"], `delivered 2.0.0 ${where} 1 250 2.0.0 Ok`],
  [["-p"], `delivered 2.0.0 ${where} 1 250 2.0.0 Ok`],
  [["-e"], `delivered 2.0.0 ${where} 1 250 2.0.0 Ok`],
  [
    ["-q", "connect"],
    `deferred 4.4.2 ${where} 1 lost connection with ${where} while receiving the initial server greeting`,
  ],
  [
    ["-q", "ehlo"],
    `deferred 4.4.2 ${where} 1 lost connection with ${where} while performing the EHLO handshake`,
  ],
  [["-q", "mail"], `deferred 4.4.2 ${where} 1 lost connection with ${where} while sending MAIL FROM`],
  [["-q", "rcpt"], `deferred 4.4.2 ${where} 1 lost connection with ${where} while sending RCPT TO`],
  [["-q", "data"], `deferred 4.4.2 ${where} 1 lost connection with ${where} while sending DATA command`],
  [
    ["-q", "."],
    `deferred 4.4.2 ${where} 1 lost connection with ${where} while sending end of data -- message may be sent more than once`,
  ],
  [["-q", "quit"], `delivered 2.0.0 ${where} 1 250 2.0.0 Ok`],
  [["-r", "mail"], `deferred 4.3.0 ${where} 1 ${said(soft, "MAIL FROM")}`],
  [["-r", "rcpt"], `deferred 4.3.0 ${where} 1 ${said(soft, "RCPT TO")}`],
  [["-r", "data"], `deferred 4.3.0 ${where} 1 ${said(soft, "DATA")}`],
  [["-r", "."], `deferred 4.3.0 ${where} 1 ${said(soft, "end of DATA")}`],
  [["-f", "mail"], `failed 5.3.0 ${where} 1 ${said(hard, "MAIL FROM")}`],
  [["-f", "rcpt"], `failed 5.3.0 ${where} 1 ${said(hard, "RCPT TO")}`],
  [["-f", "data"], `failed 5.3.0 ${where} 1 ${said(hard, "DATA")}`],
  [["-f", "."], `failed 5.3.0 ${where} 1 ${said(hard, "end of DATA")}`],
  [["-Q", "rcpt"], `deferred 4.0.0 ${where} 1 ${said(closing, "RCPT TO")}`],
  [["-Q", "data"], `deferred 4.0.0 ${where} 1 ${said(closing, "DATA")}`],
];

const isInstalled = await Deno.stat(program).then(() => true, () => false);

if (isInstalled) {
  Deno.test("smtp-sink breaks off and refuses at every command (RFC 5321 §4.2.1, §4.5.4.1)", async () => {
    for (const [options, outcome] of rows) {
      await withSink(options, async (port) => {
        const bench = new Bench();
        try {
          assertEquals(await bench.send([host(port)]), [outcome], options.join(" "));
        } finally {
          bench.desk.close();
        }
      });
    }
  });
}
