import { assertEquals } from "@std/assert";

import { utf8Bytes } from "../kit/base/bytes.ts";

import { writeFileAtomically } from "../../store/file/disk.ts";
import { SimDisk } from "../../store/file/sim_disk.ts";
import { sourceEntries } from "../../store/table/source.ts";

import { loadSettings } from "./load.ts";
import { aliasesTemplate, settingsTemplate } from "./template.ts";

async function loadTemplate(text: string) {
  const disk = new SimDisk();
  for (
    const [name, contents] of [["mailsrv.toml", text], ["users", ""], ["aliases", ""], ["c.pem", ""], [
      "k.pem",
      "",
    ]] as const
  ) {
    await writeFileAtomically(disk, `/${name}`, utf8Bytes(contents), { temporary: "/new" });
  }
  const facts = { hostname: "box", interfaces: [{ address: "127.0.0.1", prefixLength: 8 }], version: "1" };
  return await loadSettings({ path: "/mailsrv.toml", disk, facts });
}

Deno.test("settingsTemplate() is good as it is: near addresses only, nobody relays, user@localhost is local", async () => {
  const { settings, problems, sourceOf } = await loadTemplate(
    settingsTemplate({ hostname: "localhost", firstAccount: "jane" }),
  );
  assertEquals(problems, []);
  assertEquals([settings.mynetworks, sourceOf("mynetworks") === "default"], [[], false]);
  assertEquals(settings.mydestination.includes("localhost"), true);
  const listeners = [
    settings.listen_smtp,
    settings.listen_submission,
    settings.listen_submissions,
    settings.listen_pop3,
    settings.listen_pop3s,
    settings.listen_imap,
    settings.listen_imaps,
  ];
  assertEquals(listeners.flat().map(({ address, port }) => `${address}:${port}`), [
    "127.0.0.1:2525",
    "127.0.0.1:2587",
    "127.0.0.1:2465",
    "127.0.0.1:2110",
    "127.0.0.1:2995",
    "127.0.0.1:2143",
    "127.0.0.1:2993",
  ]);
  assertEquals([settings.mail_home, settings.mail_location, settings.alias_maps], [
    "/mail/%u",
    "maildir:~/Maildir",
    ["hash:/aliases"],
  ]);
});

Deno.test("settingsTemplate() takes a name, certificates and ports of a test", async () => {
  const ports = { smtp: 0, submission: 0, submissions: 0, pop3: 0, pop3s: 0, imap: 0, imaps: 0 };
  const text = settingsTemplate({
    hostname: `m.example`,
    firstAccount: "jane",
    ports,
    tls: { certificate: "c.pem", key: "k.pem" },
  });
  const { settings, problems } = await loadTemplate(text);
  assertEquals(problems, []);
  assertEquals([settings.myhostname, settings.smtpd_tls_key_file, settings.ssl_server_cert_file], [
    "m.example",
    "/k.pem",
    "/c.pem",
  ]);
});

Deno.test("aliasesTemplate() brings postmaster's mail to the first account (RFC 5321 §4.5.1)", () => {
  const warnings: string[] = [];
  const entries = [
    ...sourceEntries(utf8Bytes(aliasesTemplate("jane")), {
      kind: "alias",
      file: "F",
      warn: (text) => warnings.push(text),
    }),
  ];
  assertEquals([entries[0]?.key, entries[0]?.value, warnings], ["postmaster", "jane", []]);
});
