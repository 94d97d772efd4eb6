import { assertEquals } from "@std/assert";

import type { TomlEdit } from "./edit_toml.ts";
import { editToml, formatToml, tomlLiteral } from "./edit_toml.ts";
import { settingsTemplate } from "./template.ts";
import { scanToml } from "./toml.ts";

const text = `# top
myhostname = "a.b" # its name
mynetworks = [ # mine
  "10.0.0.0/8", # office
  "x # y",
]
mail_name = """
# inside
"""

# sections
[submission]
myhostname = "c"
`;
const set = (literal: string): TomlEdit => ({ kind: "set", literal });

Deno.test("editToml() puts a value in the place of the old one and keeps comments", () => {
  const edits = new Map([["myhostname", set('"n"')], ["mynetworks", set("[]")], ["mail_name", set('"m"')]]);
  assertEquals(
    editToml(text, edits),
    `# top
myhostname = "n" # its name
# mine
# office
mynetworks = []
mail_name = "m"

# sections
[submission]
myhostname = "c"
`,
  );
});

Deno.test("editToml() adds a setting at the end of the top", () => {
  const added = editToml(text, new Map([["hopcount_limit", set("3")]]));
  assertEquals(added, text.replace('"""\n\n', '"""\nhopcount_limit = 3\n\n'));
  assertEquals(editToml("", new Map([["a", set("1")]])), "a = 1\n");
  assertEquals(editToml("# x\n", new Map([["a", set("1")]])), "# x\na = 1\n");
  assertEquals(editToml("b = 2", new Map([["a", set("1")]])), "b = 2\na = 1\n");
  assertEquals(editToml("[s]\nx = 1\n", new Map([["a", set("1")]])), "a = 1\n[s]\nx = 1\n");
});

Deno.test("editToml() makes comments of settings, and takes them out", () => {
  const edits = new Map<string, TomlEdit>([["myhostname", { kind: "remove" }], ["mynetworks", {
    kind: "comment",
  }]]);
  assertEquals(
    editToml(text, edits).split("\n").slice(0, 6),
    ["# top", "#mynetworks = [ # mine", '#  "10.0.0.0/8", # office', '#  "x # y",', "#]", 'mail_name = """'],
  );
});

Deno.test("editToml() mends a statement that cannot be read", () => {
  assertEquals(
    editToml("mail_name = x\na = [1\nb = 2\n", new Map([["mail_name", set('"x"')], ["a", set("1")]])),
    'mail_name = "x"\na = 1\nb = 2\n',
  );
});

Deno.test("editToml() changes one value and nothing else of the settings of a first start", () => {
  const before = settingsTemplate({ hostname: "localhost", firstAccount: "jane" });
  for (const { key, line } of scanToml(before).statements) {
    const after = editToml(before, new Map([[key, set('"new value"')]]));
    const rows = scanToml(after).statements;
    assertEquals(rows.length, scanToml(before).statements.length);
    assertEquals(rows.filter(({ value }) => value === "new value").map((row) => [row.key, row.line]), [[
      key,
      line,
    ]]);
    assertEquals(editToml(before, new Map([["none", { kind: "comment" }]])), before);
  }
});

Deno.test("tomlLiteral() writes a value as its setting takes it", () => {
  assertEquals(tomlLiteral("disable_vrfy_command", "Yes"), "true");
  assertEquals(tomlLiteral("hopcount_limit", " 7 "), "7");
  assertEquals(tomlLiteral("hopcount_limit", "007"), '"007"');
  assertEquals(tomlLiteral("message_size_limit", "10M"), '"10M"');
  assertEquals(tomlLiteral("mynetworks", "[::1]/128, 10.0.0.0/8"), '"[::1]/128, 10.0.0.0/8"');
  assertEquals(tomlLiteral("mynetworks", '["[::1]/128"]'), '["[::1]/128"]');
  assertEquals(tomlLiteral("mynetworks", "[::1]"), '"[::1]"');
  assertEquals(tomlLiteral("mail_name", 'a"\\\x7f'), '"a\\"\\\\\\u007f"');
  assertEquals(formatToml(["a", 1, true, ["b"]]), '["a", 1, true, ["b"]]');
});
