import { assertEquals, assertStringIncludes } from "@std/assert";

import { utf8Bytes } from "../../kit/base/bytes.ts";

import { writeFileAtomically } from "../../../store/file/disk.ts";

import { checkCommand } from "../check.ts";
import { diskWith, run } from "../conf/testing_conf.ts";

const plainMaster = "smtp inet n - y - - smtpd\npickup unix n - y 60 1 pickup\n";

async function check(
  files: Readonly<Record<string, string>>,
  options: Readonly<Record<string, string | true>> = { config: "/m/mailsrv.toml" },
): Promise<{ readonly code: number; readonly lines: readonly string[] }> {
  const { code, out } = await run(checkCommand, await diskWith(files), { options, rest: [] });
  return { code, lines: out.split("\n").filter((line) => line !== "") };
}

const good = `myhostname = "mail.example.org"\nlisten_smtp = "127.0.0.1:2525"\nmynetworks = "127.0.0.0/8"\n`;

Deno.test("check finds nothing in good settings, and exits with 0", async () => {
  assertEquals(await check({ "/m/mailsrv.toml": good }), { code: 0, lines: [] });
});

Deno.test("check tells of an open relay with the stranger and the rule, and exits with 1 (RFC 5321 §3.6.2)", async () => {
  const { code, lines } = await check({
    "/m/mailsrv.toml":
      `${good}smtpd_relay_restrictions = "texthash, check_sender_access texthash:senders, reject"
[restriction_classes]
texthash = "permit_mynetworks"
`,
    "/m/senders": "# friends\npartner.test OK\nbad.test REJECT\n",
  });
  assertEquals([code, lines], [1, [
    "/m/mailsrv.toml, line 4: error: open relay: a stranger unknown[8.8.4.4] with HELO host.stranger.example may " +
    "send from <someone@partner.test> to <victim@foreign.example> through smtp: smtpd_relay_restrictions: " +
    "check_sender_access texthash:/m/senders (texthash:/m/senders, line 2: partner.test); if that is meant, " +
    'allow_open_relay must name it: "texthash:/m/senders"',
  ]]);
});

Deno.test("check takes what allow_open_relay names, and looks at the services that are open", async () => {
  const open = `${good}smtpd_relay_restrictions = "permit"\n`;
  assertEquals((await check({ "/m/mailsrv.toml": `${open}allow_open_relay = "permit"\n` })).code, 1);
  const settings = `${good}mynetworks_style = "host"\nallow_open_relay = ["0.0.0.0/0", "[::]/0"]\n`
    .replace('"127.0.0.0/8"', '["0.0.0.0/0", "[::]/0"]');
  assertEquals((await check({ "/m/mailsrv.toml": settings })).code, 0);
  const submission = good.replace("listen_smtp", "listen_submission");
  assertEquals(
    (await check({
      "/m/mailsrv.toml":
        `${submission}smtpd_relay_restrictions = "permit_mynetworks, check_client_access static:OK"\n`,
    })).code,
    0,
  );
});

Deno.test("check tells of old and missing databases, and of files that everybody may write", async () => {
  const files = {
    "/m/mailsrv.toml": `${good}virtual_alias_maps = "hash:virtual, hash:other"\n`,
    "/m/virtual": "a@example.net b\n",
    "/m/other": "c@example.net b\nonly-a-key\n",
    "/m/virtual.cdb": "",
  };
  const disk = await diskWith(files);
  await writeFileAtomically(disk, "/m/virtual", utf8Bytes("a@example.net c\n"), {
    temporary: "/m/new",
    mode: 0o666,
  });
  const { code, out } = await run(checkCommand, disk, { options: { config: "/m/mailsrv.toml" }, rest: [] });
  assertEquals(code, 1);
  for (
    const line of [
      "/m/other, line 2: warning: expected format: key whitespace value",
      `/m/other: error: there is no /m/other.cdb yet: run "mailsrv map build hash:/m/other"`,
      `/m/virtual: warning: everybody may write this file: run "chmod o-w /m/virtual"`,
    ]
  ) assertStringIncludes(out, line);
});

Deno.test("check tells of aliases that loop or lead nowhere, and of lines of passwd_file (aliases(5))", async () => {
  const { lines } = await check({
    "/m/mailsrv.toml": `${good}alias_maps = "texthash:aliases"\n`,
    "/m/users": "someone:{PLAIN}x\nbroken\n",
    "/m/aliases": "a: b\nb: a\nc: nobody-here\nd: someone, |/bin/x\nno colon\n",
  });
  assertEquals(lines, [
    "/m/aliases, line 1: error: alias loop: a -> b -> a",
    '/m/aliases, line 3: error: c: there is no user and no alias "nobody-here"',
    "/m/aliases, line 5: warning: need name:value pair",
    "/m/mailsrv.toml, line 4: warning: alias_maps: no alias for postmaster: its mail is thrown away, and nobody hears of it (RFC 5321 §4.5.1)",
    '/m/users, line 2: warning: user "broken": there is no password field',
  ]);
});

Deno.test("check --json gives one object a line", async () => {
  const { lines } = await check({ "/m/mailsrv.toml": `${good}hopcount_limit = "x"\n` }, {
    config: "/m/mailsrv.toml",
    json: true,
  });
  assertEquals(lines.map((line) => JSON.parse(line)), [{
    level: "error",
    file: "/m/mailsrv.toml",
    line: 4,
    text: `hopcount_limit: expected a whole number, not "x"`,
  }]);
});

Deno.test("check reads main.cf and master.cf (--postfix)", async () => {
  const { code, lines } = await check({
    "/p/main.cf":
      "compatibility_level = 3.6\nmyhostname = mail.example.org\nmynetworks = 0.0.0.0/0 texthash:/p/net\n" +
      "smtpd_recipient_restrictions = permit_mynetworks check_sender_access texthash:/p/net\nmispelt = 1\n" +
      "alias_maps =\nalias_database =\n",
    "/p/master.cf": plainMaster,
    "/p/net": "av.com REJECT\nx.example 554\n",
  }, { postfix: "/p" });
  assertEquals(code, 1);
  assertEquals(lines.map((line) => line.replace(/(: \w+: .{20}).*/, "$1")), [
    "/p/main.cf, line 3: note: mynetworks: 0.0.0.0/",
    "/p/main.cf, line 3: error: open relay: a strang",
    "/p/main.cf, line 5: warning: unused parameter: mi",
    "/p/net, line 1: note: av.com: REJECT gives",
    '/p/net, line 2: warning: x.example: "554" alo',
    "/p/net, line 2: note: x.example: 554 gives",
  ]);
});
