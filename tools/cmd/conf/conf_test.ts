import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";

import { ConfigError } from "../../kit/base/failure.ts";

import { isSettingName, settingNames } from "../../config/schema.ts";

import { UsageError } from "../command.ts";
import { confImportCommand } from "./import.ts";
import { conf, diskWith, fileText, run } from "./testing_conf.ts";

const toml = `# mine
myhostname = "mx.example.com" # name
hopcount_limit = 30
smtpd_banner = "$myhostname ESMTP"
`;
const main = `compatibility_level = 3.6
site = example.com
myhostname = mx.$site
relayhost = [smtp.isp.example]
smtpd_banner = $myhostname
   # comment
   ESMTP
`;
const master = `smtp inet n - y - - smtpd
relay unix - - n - - smtp
  -o syslog_name=postfix/$service_name -o { smtpd_banner = $myhostname x }
`;

const tomlDisk = () => diskWith({ "/d/mailsrv.toml": toml });
const postfixDisk = () =>
  diskWith({ "/p/main.cf": main, "/p/master.cf": master, "/etc/aliases": "", "/etc/aliases.cdb": "" });

const tomlRows: readonly (readonly [args: string, out: string, errors?: string])[] = [
  ["-n", "hopcount_limit = 30\nmyhostname = mx.example.com\nsmtpd_banner = $myhostname ESMTP\n"],
  ["-nx smtpd_banner", "smtpd_banner = mx.example.com ESMTP\n"],
  ["-h hopcount_limit", "30\n"],
  ["-hd hopcount_limit", "50\n"],
  ["-H hopcount_limit", "hopcount_limit\n"],
  ["-j hopcount_limit", '{"name":"hopcount_limit","value":"30"}\n'],
  ["nosuch hopcount_limit", "hopcount_limit = 30\n", "warning: nosuch: unknown parameter"],
  ["-o hopcount_limit=7 -o mail_name=x hopcount_limit mail_name", "hopcount_limit = 7\nmail_name = x\n"],
  ["-C user", ""],
  ["smtp_body_checks", "", "warning: smtp_body_checks: unknown parameter"],
];

Deno.test("conf shows settings of mailsrv.toml as postconf does (postconf(1))", async () => {
  const disk = await tomlDisk();
  for (const [args, out, errors] of tomlRows) {
    assertEquals(await conf(disk, "-c", "/d", ...args.split(" ")), {
      code: 0,
      out,
      errors: errors === undefined ? [] : [errors],
    }, args);
  }
  const all = await conf(disk, "--config", "/d/mailsrv.toml", "-H");
  assertEquals(all.out.trimEnd().split("\n").filter(isSettingName), [...settingNames]);
});

const postfixRows: readonly (readonly [args: string, out: string])[] = [
  ["-nx myhostname smtpd_banner", "myhostname = mx.example.com\nsmtpd_banner = mx.example.com ESMTP\n"],
  ["-n relayhost site", "relayhost = [smtp.isp.example]\nsite = example.com\n"],
  ["-C user", "site = example.com\n"],
  ["-d relayhost smtpd_sasl_type", "relayhost =\nsmtpd_sasl_type = cyrus\n"],
  ["-h queue_directory", "$data_directory/queue\n"],
  ["-hx queue_directory", "/var/spool/mailsrv/queue\n"],
  ["-M smtp", "smtp       inet  n       -       y       -       -       smtpd\n"],
  [
    "-Mf relay/unix",
    "relay      unix  -       -       n       -       -       smtp\n    -o syslog_name=postfix/$service_name\n    -o {smtpd_banner=$myhostname x}\n",
  ],
  ["-F */inet/chroot", "smtp/inet/chroot = y\n"],
  ["-Px", "relay/unix/smtpd_banner = mx.example.com x\nrelay/unix/syslog_name = postfix/relay\n"],
];

Deno.test("conf shows settings of main.cf and master.cf as postconf does (postconf(1))", async () => {
  const disk = await postfixDisk();
  for (const [args, out] of postfixRows) {
    assertEquals(await conf(disk, "--postfix", "/p", ...args.split(" ")), { code: 0, out, errors: [] }, args);
  }
  const unmatched = await conf(disk, "-c", "/p/main.cf", "-M", "none");
  assertEquals([unmatched.code, unmatched.errors], [0, ['warning: unmatched request: "none"']]);
});

Deno.test("conf changes mailsrv.toml and keeps the rest", async () => {
  const disk = await tomlDisk();
  const quiet = { code: 0, out: "", errors: [] };
  assertEquals(await conf(disk, "-c", "/d", "-e", "hopcount_limit=7", "disable_vrfy_command = yes"), quiet);
  assertEquals(await conf(disk, "-c", "/d", "myhostname=a.example"), quiet);
  assertEquals(await conf(disk, "-c", "/d", "-#", "smtpd_banner"), quiet);
  assertEquals(
    await fileText(disk, "/d/mailsrv.toml"),
    `# mine
myhostname = "a.example" # name
hopcount_limit = 7
#smtpd_banner = "$myhostname ESMTP"
disable_vrfy_command = true
`,
  );
  assertEquals((await disk.stat("/d/mailsrv.toml"))!.mode & 0o777, 0o644);
  assertEquals((await disk.list("/d")).map(({ name }) => name), ["mailsrv.toml"]);
});

Deno.test("conf makes no new fault in the settings file, and mends one", async () => {
  const disk = await tomlDisk();
  const before = await fileText(disk, "/d/mailsrv.toml");
  const wrong: readonly (readonly [change: string, told: string])[] = [
    ["hopcount_limit=many", "expected a whole number"],
    ["hopcount_limi=3", `did you mean "hopcount_limit"?`],
    ["mail_name=$mail_name", "refers to itself"],
    ["myhostname=a\nb", "multi-line"],
    ["=x", "missing attribute name"],
  ];
  for (const [change, told] of wrong) {
    await assertRejects(() => conf(disk, "-c", "/d", "-e", change), Error, told);
    assertEquals(await fileText(disk, "/d/mailsrv.toml"), before);
  }
  const broken = await diskWith({ "/d/mailsrv.toml": "hopcount_limit = many\nlog_level = loud\n" });
  const shown = await conf(broken, "-c", "/d", "-h", "hopcount_limit");
  assertEquals([shown.code, shown.errors.length], [78, 2]);
  assertEquals((await conf(broken, "-c", "/d", "hopcount_limit=9")).code, 0);
  assertEquals(await fileText(broken, "/d/mailsrv.toml"), "hopcount_limit = 9\nlog_level = loud\n");
});

Deno.test("conf changes main.cf as postconf -e does", async () => {
  const disk = await postfixDisk();
  await conf(disk, "-c", "/p", "-e", "smtpd_banner=$myhostname", "relayhost =", "new_name=1");
  await conf(disk, "-c", "/p", "-X", "site");
  assertEquals(
    await fileText(disk, "/p/main.cf"),
    "compatibility_level = 3.6\nmyhostname = mx.$site\nrelayhost = \nsmtpd_banner = $myhostname\n   # comment\nnew_name = 1\n",
  );
});

Deno.test("conf import writes mailsrv.toml once, and lists what is left", async () => {
  const disk = await postfixDisk();
  const given = { options: { to: "/new/mailsrv.toml", data: "/data" }, rest: ["/p"] };
  const { code, out, errors } = await run(confImportCommand, disk, given);
  assertEquals([code, out], [0, ""]);
  assertEquals(errors, [
    "/p/master.cf, line 2: relay/unix: -o smtpd_banner=$myhostname x: smtpd_banner is one for all services here [unsupported]",
  ]);
  const text = await fileText(disk, "/new/mailsrv.toml");
  for (
    const line of [
      'myhostname = "mx.example.com"',
      'smtpd_banner = "$myhostname   ESMTP"',
      'data_directory = "/data"',
    ]
  ) {
    assertStringIncludes(text, `\n${line}\n`);
  }
  const shown = await conf(disk, "-c", "/new", "-hx", "smtpd_banner", "queue_directory");
  assertEquals([shown.code, shown.out], [0, "mx.example.com   ESMTP\n/data/queue\n"]);
  await assertRejects(() => run(confImportCommand, disk, given), ConfigError, "is there already");
});

Deno.test("conf lists types, and says where master.cf is missing", async () => {
  const disk = await tomlDisk();
  assertStringIncludes((await conf(disk, "-m")).out, "\nhash\n");
  assertEquals((await conf(disk, "-l")).out, "flock\nfcntl\ndotlock\n");
  assertEquals([(await conf(disk, "-a")).out, (await conf(disk, "-A")).out], ["mailsrv\n", ""]);
  await assertRejects(() => conf(disk, "-c", "/d", "-M"), UsageError, "no master.cf");
});
