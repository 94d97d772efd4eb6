import { assertEquals, assertRejects } from "@std/assert";

import { ConfigError } from "../../kit/base/failure.ts";

import { UsageError } from "../command.ts";
import { conf, diskWith, fileText } from "./testing_conf.ts";

const master = `# head
smtp      inet  n       -       y       -       -       smtpd
  -o smtpd_tls_security_level=may
# inside
  -o { smtpd_banner = a b } -v
#submission inet n - y - - smtpd
pickup    unix  n       -       y       60      1       pickup
# tail
`;

const newDisk = () =>
  diskWith({ "/p/main.cf": "compatibility_level = 3.6\nalias_maps =\n", "/p/master.cf": master });

const smtp =
  "smtp       inet  n       -       y       -       -       smtpd\n    -o smtpd_tls_security_level=may\n";
const before = "# head\n";
const inside = "# inside\n";
const between = "#submission inet n - y - - smtpd\n";
const rest = "pickup    unix  n       -       y       60      1       pickup\n# tail\n";

const rows: readonly (readonly [args: readonly string[], text: string])[] = [
  [["-MX", "smtp/inet"], before + inside + between + rest],
  [
    ["-M#", "pickup/unix"],
    master.replace("pickup    unix", "#pickup    unix"),
  ],
  [
    ["-Me", "smtp/inet = smtp inet n - n - - smtpd"],
    `${before}smtp       inet  n       -       n       -       -       smtpd\n${inside}${between}${rest}`,
  ],
  [
    ["-M", "relay/unix=relay unix - - n - - smtp -v"],
    `${master}relay      unix  -       -       n       -       -       smtp -v\n`,
  ],
  [
    ["-Pe", "smtp/inet/syslog_name=x"],
    `${before}${inside}${between}${smtp}    -o {smtpd_banner=a b}\n    -v\n    -o syslog_name=x\n${rest}`,
  ],
  [
    ["-PX", "smtp/inet/smtpd_banner"],
    `${before}${inside}${between}${smtp}    -v\n${rest}`,
  ],
  [
    ["-F", "pickup/unix/wakeup=7"],
    master.replace(rest, "# tail\npickup     unix  n       -       y       7       1       pickup\n"),
  ],
];

Deno.test("conf changes master.cf and keeps the rest (postconf(1))", async () => {
  for (const [args, text] of rows) {
    const disk = await newDisk();
    assertEquals(await conf(disk, "-c", "/p", ...args), { code: 0, out: "", errors: [] }, args.join(" "));
    assertEquals(await fileText(disk, "/p/master.cf"), text, args.join(" "));
  }
});

Deno.test("conf tells of services that there are not, and changes nothing then", async () => {
  const disk = await newDisk();
  assertEquals((await conf(disk, "-c", "/p", "-MX", "none/inet")).errors, [
    'warning: unmatched service_name/type: "none/inet"',
  ]);
  assertEquals(await fileText(disk, "/p/master.cf"), master);
});

const wrong: readonly (readonly [args: readonly string[], text: string])[] = [
  [["-Me", "smtp/inet=smtp inet n"], "bad field count"],
  [["-Me", "smtp=smtp inet n - n - - smtpd"], "expected service/type"],
  [["-Fe", "smtp/inet/chrot=n"], 'invalid service attribute name: "chrot"'],
  [["-Fe", "smtp/inet/type=x"], "invalid transport type: x"],
  [["-Fe", "smtp/inet=n"], "expected service/type/field"],
  [["-Pe", "smtp/inet/a=b c"], "-Pe does not accept whitespace in parameter value"],
  [["-MX", "smtp/inet\nx"], "multi-line"],
  [["-MX"], "no services named"],
];

Deno.test("conf makes no line of master.cf that cannot be read, and no fault of a setting", async () => {
  const disk = await newDisk();
  for (const [args, text] of wrong) {
    await assertRejects(() => conf(disk, "-c", "/p", ...args), UsageError, text, args.join(" "));
  }
  await assertRejects(
    () => conf(disk, "-c", "/p", "-Pe", "smtp/inet/smtpd_timeout=x"),
    ConfigError,
    "expected a time",
  );
  assertEquals(await fileText(disk, "/p/master.cf"), master);
});
