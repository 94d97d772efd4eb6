/** The client beside a real Postfix as next hop, where one is installed and may be started. */

import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { realRandom } from "../../tools/kit/base/random.ts";
import { createAuthority, issueCertificate } from "../../tools/kit/net/certificate.ts";
import { hasNodeTls } from "../../tools/kit/net/node_tls.ts";

import { Bench, host } from "./testing_bench.ts";

const program = "/usr/sbin/postfix";

const isUsable = Deno.uid() === 0 && hasNodeTls && await Deno.stat(program).then(() => true, () => false);

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await new Deno.Command(command, { args: [...args], stdout: "null" }).output();
  if (code !== 0) throw new Error(`${command} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}

/** Takes everything and throws it away; TLS with a certificate of `authority`. */
async function startPostfix(folder: string, port: number): Promise<{ readonly ca: string }> {
  const nowMs = Date.now();
  const authority = await createAuthority({ name: "next hop authority", nowMs, random: realRandom });
  const leaf = await issueCertificate(authority, { names: ["sink.test"], nowMs, random: realRandom });
  const conf = join(folder, "conf");
  for (const name of ["conf", "queue", "data"]) await Deno.mkdir(join(folder, name));
  await Deno.chmod(folder, 0o755);
  await Deno.writeTextFile(join(folder, "cert.pem"), leaf.certPem);
  await Deno.writeTextFile(join(folder, "key.pem"), leaf.keyPem, { mode: 0o600 });
  const main = [
    "compatibility_level = 3.6",
    `queue_directory = ${folder}/queue`,
    `data_directory = ${folder}/data`,
    `maillog_file = ${folder}/maillog`,
    `maillog_file_prefixes = ${folder}`,
    "myhostname = sink.test",
    "mydestination = b.test",
    "local_recipient_maps =",
    "alias_maps =",
    "mynetworks = 192.0.2.0/24",
    `smtpd_tls_cert_file = ${folder}/cert.pem`,
    `smtpd_tls_key_file = ${folder}/key.pem`,
    "smtpd_tls_security_level = may",
    "smtputf8_enable = yes",
    "message_size_limit = 200000",
    "smtpd_relay_restrictions = reject_unauth_destination",
    "default_database_type = hash",
    "import_environment = MAIL_CONFIG",
  ];
  const services = [
    "rewrite",
    "bounce",
    "defer",
    "trace",
    "verify",
    "flush",
    "anvil",
    "error",
    "retry",
    "scache",
  ];
  const single = new Set(["anvil", "scache", "verify"]);
  const programs: Readonly<Record<string, string>> = {
    rewrite: "trivial-rewrite",
    defer: "bounce",
    trace: "bounce",
    retry: "error",
  };
  const master = [
    `127.0.0.1:${port} inet n - n - - smtpd`,
    "cleanup unix n - n - 0 cleanup",
    "qmgr unix n - n 300 1 qmgr",
    "tlsmgr unix - - n 1000? 1 tlsmgr",
    "postlog unix-dgram n - n - 1 postlogd",
    ...services.map((name) => `${name} unix - - n - ${single.has(name) ? 1 : "-"} ${programs[name] ?? name}`),
    ...["local", "virtual", "smtp", "relay"].map((name) => `${name} unix - n n - - discard`),
  ];
  await Deno.writeTextFile(join(conf, "main.cf"), `${main.join("\n")}\n`);
  await Deno.writeTextFile(join(conf, "master.cf"), `${master.join("\n")}\n`);
  await run("chown", ["postfix", join(folder, "data")]);
  await run(program, ["-c", conf, "start"]);
  return { ca: authority.certPem };
}

if (isUsable) {
  Deno.test("a real Postfix takes mail with all that it offers, and its refusals are understood (RFC 5321 §3.3)", async () => {
    const folder = await Deno.makeTempDir({ prefix: "mailsrv-postfix-" });
    const port = freePort();
    const bench = new Bench();
    try {
      const { ca } = await startPostfix(folder, port);
      const hop = [host(port, "secure")];
      const settings = { caPem: ca };
      const many = Array.from({ length: 120 }, (_, index) => `u${index}@b.test`);
      const first = await bench.send(hop, "Subject: x\n\n.x\n", { to: many, settings });
      assertEquals(first.length, 120);
      for (const line of first) {
        assertMatch(line, /^delivered 2\.0\.0 sink\.test\[127\.0\.0\.1\] 1 250 2\.0\.0 Ok: queued as \w+$/);
      }
      assertMatch(bench.log.join("\n"), /^Verified TLS connection established to sink\.test/);
      const piece = utf8Bytes(`${"y".repeat(70)}\n`.repeat(1000));
      const rows: readonly [got: readonly string[], wanted: RegExp][] = [
        [
          await bench.send(hop, "Subject: bl\u00e5\n\nbl\u00e5\n", {
            to: ["bl\u00e5@b.test"],
            needsUtf8: true,
            body: "8BITMIME",
            settings,
          }),
          /^delivered 2\.0\.0 \S+ 2 250 2\.0\.0 Ok/,
        ],
        [
          await bench.send(hop, "x\n", { ret: "HDRS", envelopeId: "a+b=c", settings }),
          /^delivered 2\.0\.0 \S+ 3 /,
        ],
        [
          await bench.send(hop, "x\n", { to: ["x@elsewhere.test"], settings }),
          /^failed 5\.7\.1 \S+ 4 host \S+ said: 554 5\.7\.1 <x@elsewhere\.test>: Relay access denied \(in reply to RCPT TO command\)$/,
        ],
        // The transaction that came to nothing was taken back.
        [await bench.send(hop, [piece, utf8Bytes("end\n")], { settings }), /^delivered 2\.0\.0 \S+ 5 /],
        [
          await bench.send(hop, "x\n", { octets: 200_001, settings }),
          /^failed 5\.3\.4 \S+ 6 message size 200001 exceeds size limit 200000 of server/,
        ],
        [
          await bench.send(hop, Array.from({ length: 6 }, () => piece), { settings }),
          /^failed 5\.3\.4 \S+ 7 host \S+ said: 552 5\.3\.4 .*(?:too big|size limit)/i,
        ],
        [
          await bench.send(hop, "x\n", { settings: { ...settings, keepsConnections: false } }),
          /^delivered 2\.0\.0 /,
        ],
      ];
      for (const [got, wanted] of rows) assertMatch(got[0]!, wanted);
    } finally {
      bench.desk.close();
      await run(program, ["-c", join(folder, "conf"), "stop"]).catch(() => {});
      await Deno.remove(folder, { recursive: true });
    }
  });
}
