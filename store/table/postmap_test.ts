/** The same tables, asked by Postfix's own postmap(1), where it is installed: its answers are the right ones. */

import { assertEquals } from "@std/assert";

import { utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";

import { realDisk } from "../file/real_disk.ts";

import { openTables } from "./tables.ts";

const program = "/usr/sbin/postmap";

async function run(
  command: string,
  args: readonly string[],
  input: string,
): Promise<{ readonly output: string; readonly errors: string } | undefined> {
  const child = new Deno.Command(command, {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = child.output();
  const writer = child.stdin.getWriter();
  await writer.write(utf8Bytes(input)).catch(() => {});
  await writer.close().catch(() => {});
  const { stdout, stderr } = await output;
  return { output: utf8Text(stdout), errors: utf8Text(stderr) };
}

/** The types that the installed postmap can query; none when it is not installed or does not run. */
async function installedTypes(): Promise<readonly string[]> {
  try {
    await Deno.stat(program);
    return (await run("/usr/sbin/postconf", ["-m"], ""))?.output.split("\n").filter(Boolean) ?? [];
  } catch {
    return [];
  }
}

const types = await installedTypes();
if (types.length === 0) console.log("postmap is not installed: comparisons with it are left out");

/** Asks both for all keys, and gives each difference. */
async function compare(spec: string, keys: readonly string[], what = spec): Promise<readonly string[]> {
  const reply = await run(program, ["-q", "-", spec], `${keys.join("\n")}\n`);
  const lines = reply!.output.split("\n");
  const tables = openTables({ disk: realDisk });
  const table = tables.open(spec);
  const differences: string[] = [];
  for (const key of keys) {
    // Those who are answered stand in the order in which they were asked for.
    const theirs = lines[0]?.startsWith(`${key}\t`) ? lines.shift()!.slice(key.length + 1) : undefined;
    const ours = (await table.lookup(key))?.value;
    if (ours !== theirs) {
      differences.push(`${what}: "${key}" gives ${ours} and not ${theirs} ${reply!.errors}`);
    }
  }
  tables.close();
  return differences;
}

function testCompare(
  type: string,
  sentence: string,
  work: (directory: string) => Promise<readonly string[]>,
): void {
  if (types.length > 0 && !types.includes(type)) {
    console.log(`postmap knows no ${type}: its comparison is left out`);
  }
  if (!types.includes(type)) return;
  Deno.test(`${type}: answers as postmap does: ${sentence}`, async () => {
    const directory = await Deno.makeTempDir({ prefix: "mailsrv-postmap-" });
    try {
      assertEquals(await work(directory), []);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}

const subjects: readonly string[] = [
  ..."a b ab ba aab abb abab aaaa ac abc abbc abbbc abcd xabcy A AB Ab B aB".split(" "),
  ..."1 12 123 a1 1a 1.2 1.2.3 192.0.2.1 3.14 -1 +1 foo foofoo foobar barfoo FOO Foo.Bar".split(" "),
  ..."user@example.com User+tag@Example.COM list-request@lists.example.com @ a@b a@b@c".split(" "),
  ..."mail.example.com example.com sub.mail.example.com .example.com localhost unknown".split(" "),
  ..."Subject: X-Foo: /slash/ a/b | a|b a||b () (a) (ab) [a] a] ]a [] {1} a{1} a{2} a{,2} {".split(" "),
  ..."\\ \\d d dd D a\\b ^ ^a a^ a$ $ $a a.b a-b a_b a+b a*b * + ? a? a?b !a ~ # % & = <a> 'q'".split(" "),
  ...["Subject: make money fast", "a b", "  a", "a  ", "Received: from x", "word boundary here", "tab\there"],
  ..."aaaaaaaaaaaaaaaaaaaa aaaaaaaaaaaaaaaaaaab xyzzy abcabcabc abcabd zz zzz zzzz".split(" "),
];

/** Patterns with flags, and the value beside which each stands. */
const posixPatterns: readonly string[] = [
  ..."/a/ /^a$/ /a|b/ /^(a|b)+$/ /^(ab)*$/ /^a*b/ /a.c/ /a.*c/ /^a{2}$/ /^a{2,}$/ /^a{1,2}b/ /^a{,2}$/".split(
    " ",
  ),
  ..."/[a-c]d/ /[^a-z]/ /[]a]/ /[^]a]/ /[a-]/ /[-a]/ /[\\]/ /[a\\d]/ /\\d/i /\\w+/ /^\\W$/ /\\s/ /\\bfoo/ /foo\\b/"
    .split(" "),
  ..."/\\<a/ /b\\>/ /\\Bo/ /[[:alpha:]]+[[:digit:]]/ /^[[:digit:].]+$/ /[[:upper:]]/i /[[:lower:]]/ /[[:punct:]]/"
    .split(" "),
  ..."/[[:space:]]/ /[[:blank:]]a/ /^[[:alnum:]]+$/ /[[.a.]]b/ /[[=a=]]c/ /foo/i /FOO/i /FOO/ /ab?c/ /ab+c/"
    .split(" "),
  ..."/^$/ /$/ /^/ /()/ /(a)(b)?/ /a||b/ /(|a)b/ /\\./ /\\//x /a\\/b/ |a| #a# !/a/ !!/a/ !/a/i %^%".split(
    " ",
  ),
  ..."/\\(a\\)/ /\\[a/ /a\\{1/ /a{1}{2}/ /^(.)\\1/ /^(.)(.)\\2\\1$/ /(a*)(a|b)/ /(.*)@(.*)/ /^([^@]+)@([^@]+)$/"
    .split(" "),
  ..."/\\(ab\\)*/x /a\\{2\\}/x /a\\+b/x /a\\|b/x /^*a/x /a*b/x /(a)/x /a+b/x /a$b/x /a^b/x /\\(^a\\)/x /a{1}/x"
    .split(" "),
  ..."/*a/ /a**/ /+/ /(/ /)/ /a)/ /[a/ /[[:foo:]]/ /[b-a]/ /a{2,1}/ /a{x}/ /a{1/ /{1}/ /\\/ /(a/ /a\\1/ /(a)\\2/"
    .split(" "),
  ..."/(a+)+$/ /(a|ab)(c|bcd)?/ /(ab|a)(bc)?/ /^(([a-z0-9-]+)\\.)+com$/ /(foo|foobar)/ /x*/ /(a|b)*c|d/ /a$|^b/"
    .split(" "),
];

testCompare("regexp", "POSIX patterns", async (directory) => {
  const differences: string[] = [];
  for (const [index, pattern] of posixPatterns.entries()) {
    const path = `${directory}/${index}`;
    await Deno.writeTextFile(path, `${pattern} hit\n`);
    differences.push(...await compare(`regexp:${path}`, subjects, pattern));
  }
  return differences;
});

testCompare("regexp", "rules, groups and conditions", async (directory) => {
  const differences: string[] = [];
  const sources: readonly string[] = [
    "/^([^@]+)\\+([^@]+)@(.*)$/ $1@$3 ${2} $(2) $$1\n/^(x)?abc/ <$1>\n/c1/!/c2/ no\n",
    "/a/!/b/ a not b\n/b/!/^ab/ b not ab\n",
    "if /@/\nif !/^a/\n/example/ inner\nendif\n/./ at\nendif\n!/^[a-z]/ odd\n/./ rest\n",
    "/a/ one\n  continued\n# comment\n/b/ two\n \n  # comment\n  more\n",
    "/(a)/ $2\n/(a)/ ${1}x$\n/(b)/ ${1\n!/a/ $1\n/ab/q x\nplain\nendif\n/foo/ good\n",
    "IF /a/\n/b/ ab\nENDIF\n/foo/ $$\n/(1)/ \n",
  ];
  for (const [index, source] of sources.entries()) {
    await Deno.writeTextFile(`${directory}/${index}`, source);
    differences.push(...await compare(`regexp:${directory}/${index}`, subjects));
  }
  differences.push(...await compare("regexp:{ {/^a(.)$/ one $1}, { /b/ two words } }", subjects));
  return differences;
});

const pcrePatterns: readonly string[] = [
  ..."/a/ /^a$/ /a|b/ /\\d/ /\\D/ /^\\w+$/ /\\W/ /\\s/ /\\S+/ /\\bfoo/ /o\\B/ /\\Aa/ /a\\z/ /a\\Z/ /\\h/ /\\H/"
    .split(" "),
  ..."/(?i)foo/i /(?-i)FOO/ /a(?i)B/i /a(?i:B)c/i /(?i)a|b/i /((?i)a)b/i /FOO/i /a#b/x /a+?b/ /a+b/U /a*?b/ /a.c/s"
    .split(" "),
  ..."/(?=a)ab/ /(?!a)b/ /(?<=a)b/ /(?<!a)b/ /(?:ab)+/ /(?>a+)b/ /a++b/ /a++a/ /a*+a/ /(?>a|ab)c/ /^(?|(a)b|(b)a)$/"
    .split(" "),
  ..."/(.)\\1/ /(?<n>.)\\k<n>/ /(?P<n>.)(?P=n)/ /(?'n'.)\\k'n'/ /(.)\\g1/ /(.)\\g{1}/ /(.)\\g{-1}/ /(.)(.)\\g{-2}/"
    .split(" "),
  ..."/[[:alpha:]]/ /[[:^alpha:]]/ /[]a]/ /[^]a]/ /[a\\]]/ /[\\d.]+/ /[^\\d]/ /[\\w-]+@/ /[a-\\d]/ /[[:word:]]+/ /[\\x41]/i"
    .split(" "),
  ..."/\\x61/ /\\x{61}b/ /\\141/ /\\061/ /\\Qa.b\\E/ /\\Qa|b/ /a\\Q*\\E/ /\\t/ /\\e/ /\\cA/ /a{2}/ /a{,2}/ /a{x}/ /^a{1,2}$/"
    .split(" "),
  ..."/a(?#comment)b/ /(?x)/ /\\p{L}/ /\\p{Lu}/i /\\P{L}/ /\\pN/ /[\\p{Lu}]/i /\\p{^L}/ /\\N/ /\\R/ /\\V/ /\\K/ /a\\Kb/"
    .split(" "),
  ..."/(/ /)/ /a)/ /[a/ /[b-a]/ /a{2,1}/ /*a/ /a**/ /+/ /\\/ /(?/ /(?P/ /(?<n/ /\\1/ /(a)\\2/ /[[:foo:]]/ /(?z)/ /\\g/"
    .split(" "),
  ..."/a/A /b/A /a$/E /^a/m /a/m /a/X /a/q /\\j/ /\\y/ /]/ /{/ /}/ /a{/ /a{1/ /^(?:(a)|b)*$/ /(a+)+$/ /^(([a-z0-9-]+)\\.)+com$/"
    .split(" "),
  ..."/(?:a|ab)(?:c|bcd)?$/ /$/ /^/ /()/ /(a)?b/ /x*/ /(?s-m:.)/ /(?^:a)/i /(?n)(a)/ /[a-z&&[b]]/ /[~~]/ /[!#-%]/ /[{}]/"
    .split(" "),
];

testCompare("pcre", "Perl's patterns", async (directory) => {
  const differences: string[] = [];
  for (const [index, pattern] of pcrePatterns.entries()) {
    const path = `${directory}/${index}`;
    await Deno.writeTextFile(path, `${pattern} hit\n`);
    differences.push(...await compare(`pcre:${path}`, subjects, pattern));
  }
  return differences;
});

testCompare("pcre", "rules, groups and conditions", async (directory) => {
  const differences: string[] = [];
  const sources: readonly string[] = [
    "/^([^@]+)\\+([^@]+)@(.*)$/ $1@$3 ${2} $(2) $$1\n/^(x)?abc/ <$1>\n",
    "/^(?|a(b)|b(a))$/ <$1>\n/^(?>(a+))b/ [$1]\n/(?<x>fo+)(?<y>bar)/ $2 $1\n/((?:(a)|b)*)c/ $1 $2\n",
    "if /@/\nif !/^a/\n/example/ inner\nendif\n/./ at\nendif\n!/^[a-z]/ odd\n/./ rest\n",
    "/(a)/ $2\n/(a)/ ${1}x$\n!/a/ $1\n/ab/q x\nplain\nendif\n/foo/ good\n/(?:a)(b)/ $1\n",
  ];
  for (const [index, source] of sources.entries()) {
    await Deno.writeTextFile(`${directory}/${index}`, source);
    differences.push(...await compare(`pcre:${directory}/${index}`, subjects));
  }
  return differences;
});

testCompare("cidr", "networks and addresses", async (directory) => {
  const differences: string[] = [];
  const source = [
    "192.0.2.1 host\n192.0.2.0/24 net\n10.0.0.0/8 ten\n!172.16.0.0/12 not172\n",
    "if 10.0.0.0/8\n10.1.0.0/16 one\n!10.2.0.0/15 other\nendif\n2001:db8::/32 doc\n[fe80::]/10 link\n",
    "if !2000::/3\n::1 loop\n::ffff:0:0/96 mapped\nendif\n::/0 six\n0.0.0.0/0 four\n",
    "192.0.2.1/24 bad\nfoo bad\n1.2.3.4/33 bad\n1.2.3.4/ bad\n/8 bad\n1.2.3 bad\n1.2.3.4\n2001:db8::1/64 bad\nendif\n1.2.3.4 good\n",
  ];
  const keys = [
    ..."192.0.2.1 192.0.2.2 192.0.3.1 10.0.0.1 10.1.2.3 10.2.0.1 10.3.0.1 10.4.0.1 172.16.0.1 172.32.0.1"
      .split(" "),
    ..."2001:db8::1 2001:DB8:0:0::1 2001:db9::1 fe80::1 febf::1 fec0::1 ::1 ::ffff:1.2.3.4 ::2 4000::1".split(
      " ",
    ),
    ..."1.2.3.4 0.0.0.0 255.255.255.255 1.2.3 1.2.3.4.5 256.1.1.1 [fe80::1] example.com 2001:db8::1/32 ::"
      .split(" "),
  ];
  for (const [index, text] of source.entries()) {
    await Deno.writeTextFile(`${directory}/${index}`, text);
    differences.push(...await compare(`cidr:${directory}/${index}`, keys));
  }
  differences.push(...await compare("cidr:{ {10.0.0.0/8 ten}, { ::/0 two words } }", keys));
  return differences;
});

testCompare("texthash", "keys and values", async (directory) => {
  const differences: string[] = [];
  const source = '# comment\na 1\nB  two  words  \n"quoted key" v\nnovalue\nk: colon\na 2\n cont\n\tinued\n' +
    'user@Example.COM OK\n\n  # inside\nbücher@ref.test größe\n@x y\n"q\\"x"@y z\n.dot d\n*star s\n';
  await Deno.writeTextFile(`${directory}/t`, source);
  const keys = [
    ...subjects,
    ...["quoted key", '"quoted key"', '"QUOTED key"', "novalue", "k", "k:", "K:", "b", "USER@example.com"],
    ...["bücher@ref.test", "@x", '"q\\"x"@y', ".dot", "*star", "#", "# comment", "inued", "cont"],
  ];
  differences.push(...await compare(`texthash:${directory}/t`, keys));
  return differences;
});

testCompare("unionmap", "tables made of tables, and written in place", async (directory) => {
  const differences: string[] = [];
  await Deno.writeTextFile(`${directory}/t`, "a b\nb c\nc a@b\n");
  await Deno.writeTextFile(`${directory}/r`, "/^(.)$/ <$1>\n");
  const specs = [
    "inline:{a=1 b=2}",
    "inline:{ {a = b c}, b=d }",
    "inline:{a=1,a=2,AB=3}",
    "inline:{{ab = {x y}}}",
    "static:x",
    "static:{ two words }",
    "unionmap:{static:a, static:b}",
    `unionmap:{texthash:${directory}/t,inline:{a=x,foo=y}}`,
    `unionmap:{inline:{ {a = x y} }, static:z}`,
    `pipemap:{texthash:${directory}/t,texthash:${directory}/t}`,
    `pipemap:{texthash:${directory}/t,regexp:${directory}/r}`,
    "pipemap:{inline:{a=b},inline:{c=d}}",
    "unix:passwd.byname",
    "unix:group.byname",
  ];
  const names = (await Deno.readTextFile("/etc/passwd")).split("\n").map((line) => line.split(":")[0]!);
  for (const spec of specs) {
    differences.push(...await compare(spec, [...subjects, ...names.filter(Boolean), "ROOT"]));
  }
  return differences;
});
