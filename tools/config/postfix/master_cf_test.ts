import { assertEquals } from "@std/assert";

import { parseMasterCf } from "./master_cf.ts";

Deno.test("parseMasterCf() reads fields and -o in all their forms (master(5))", () => {
  const { services, problems } = parseMasterCf(`# comment
smtp  inet n - y - - smtpd
  -o a=b -o { c = d e } -oe=f -v
# inside
  -o a=$x
127.0.0.1:99 inet n - y 1? 2 smtpd
pipe unix - n n - - pipe
  flags=R user=vmail argv=/bin/x {a b}
`);
  assertEquals(problems, []);
  assertEquals(services.map(({ name, type, line }) => `${name}/${type} ${line}`), [
    "smtp/inet 2",
    "127.0.0.1:99/inet 6",
    "pipe/unix 7",
  ]);
  assertEquals([...services[0]!.overrides], [["a", "$x"], ["c", "d e"], ["e", "f"]]);
  assertEquals(services[0]!.arguments, ["-o", "a=b", "-o", "{c=d e}", "-o", "e=f", "-v", "-o", "a=$x"]);
  assertEquals(services[1]!.fields, ["n", "-", "y", "1?", "2"]);
  assertEquals(services[2]!.arguments.at(-1), "{a b}");
});

Deno.test("parseMasterCf() lets the last of two services win", () => {
  const { services } = parseMasterCf(
    "smtp inet n - y - - smtpd\nsmtp inet n - n - - smtpd\nsmtp unix - - n - - smtp\n",
  );
  assertEquals(services.map(({ type, line }) => [type, line]), [["inet", 2], ["unix", 3]]);
});

const faults: readonly (readonly [text: string, told: string])[] = [
  ["bad line", "bad field count: a service has 8 fields, not 2"],
  ["smtp tcp n - y - - smtpd", "invalid transport type: tcp; there are inet, unix, unix-dgram, fifo, pass"],
  ["smtp inet n - y - - smtpd -o", "smtp/inet: -o lacks its name=value"],
  ["smtp inet n - y - - smtpd -o word", `smtp/inet: missing '=' after attribute name: "word"`],
  ["smtp inet n - y - - smtpd {a", "a { has no }"],
  ["  smtp inet n - y - - smtpd", "a service must not begin with a blank"],
];

Deno.test("parseMasterCf() tells what is wrong with a line", () => {
  for (const [text, told] of faults) {
    assertEquals(parseMasterCf(`\n${text}\n`).problems, [{ line: 2, text: told }]);
  }
});
