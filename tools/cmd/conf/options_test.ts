import { assertEquals, assertThrows } from "@std/assert";

import { UsageError } from "../command.ts";
import { parseConfOptions } from "./options.ts";

Deno.test("parseConfOptions() takes postconf's letters together or apart (postconf(1))", () => {
  const { mode, changed, expanded, style, place, rest } = parseConfOptions([
    "-nxh",
    "-c/etc/postfix",
    "a",
    "--",
    "-b",
  ]);
  assertEquals([mode, changed, expanded, style, place, rest], [
    "settings",
    true,
    true,
    "values",
    "/etc/postfix",
    ["a", "-b"],
  ]);
  const other = parseConfOptions([
    "--data",
    "/d",
    "--config=/c",
    "-o",
    "a=b",
    "-oc=d",
    "-C",
    "builtin, user",
    "-fMj",
  ]);
  assertEquals([other.mode, other.own, other.overrides, other.classes, other.folded, other.json], [
    "services",
    { data: "/d", config: "/c" },
    ["a=b", "c=d"],
    ["builtin", "user"],
    true,
    true,
  ]);
});

Deno.test("parseConfOptions() takes name=value for a change (postconf(1) -e)", () => {
  const mode = (...args: string[]) => parseConfOptions(args).mode;
  assertEquals([
    mode("a=b"),
    mode("-e", "a=b"),
    mode("-#", "a"),
    mode("-X", "a"),
    mode("a"),
    mode("--edit", "a=b"),
  ], [
    "edit",
    "edit",
    "comment",
    "remove",
    "settings",
    "edit",
  ]);
});

Deno.test("parseConfOptions() tells changes of master.cf from views of it (postconf(1))", () => {
  const rows: readonly (readonly [args: readonly string[], mode: string])[] = [
    [["-M"], "services"],
    [["-Me", "a/b=c"], "edit services"],
    [["-M", "a/b=c"], "edit services"],
    [["-M#", "a/b"], "comment services"],
    [["-MX", "a/b"], "remove services"],
    [["-F", "a/b/c=d"], "edit service fields"],
    [["-Pe", "a/b/c=d"], "edit service settings"],
    [["-PX", "a/b/c"], "remove service settings"],
    [["-b"], "bounce texts"],
    [["--templates"], "bounce templates"],
  ];
  for (const [args, mode] of rows) assertEquals(parseConfOptions(args).mode, mode, args.join(" "));
});

const wrong: readonly (readonly string[])[] = [
  ["-Z"],
  ["--nosuch"],
  ["-c"],
  ["-bt"],
  ["-T"],
  ["-C", "some"],
  ["-e", "-X", "a"],
  ["-dn"],
  ["-hH"],
  ["-MF"],
  ["-MFe", "a/b=c"],
  ["-P#", "a/b/c"],
  ["-FX", "a/b/c"],
  ["-MeX", "a/b"],
  ["--data"],
];

Deno.test("parseConfOptions() refuses what there is not", () => {
  for (const args of wrong) assertThrows(() => parseConfOptions(args), UsageError, "conf: ", args.join(" "));
});
