import { assertEquals } from "@std/assert";

import type { MainCfEdit } from "./edit_main_cf.ts";
import { editMainCf } from "./edit_main_cf.ts";

const text = `# top
relayhost = a,
   # inside
  b

  c
# about domain
mydomain = d
#hopcount_limit = 3
mydomain = e
  f
# end
`;
const set = (value: string): MainCfEdit => ({ kind: "set", value });

Deno.test("editMainCf() puts a value in the place of the old one and keeps comments (postconf -e)", () => {
  assertEquals(
    editMainCf(text, new Map([["relayhost", set("x y")], ["mydomain", set("")], ["new", set("1")]])),
    "# top\nrelayhost = x y\n   # inside\n\n# about domain\nmydomain = \n#hopcount_limit = 3\nmydomain = \n# end\nnew = 1\n",
  );
});

Deno.test("editMainCf() makes comments of settings (postconf -#)", () => {
  assertEquals(
    editMainCf(text, new Map([["relayhost", { kind: "comment" }], ["none", { kind: "comment" }]])),
    text.replace("relayhost", "#relayhost").replace("\n  b", "\n#  b").replace("\n  c", "\n#  c"),
  );
});

Deno.test("editMainCf() takes settings out (postconf -X)", () => {
  assertEquals(
    editMainCf(text, new Map([["mydomain", { kind: "remove" }]])),
    text.replace("mydomain = d\n", "").replace("mydomain = e\n  f\n", ""),
  );
});

Deno.test("editMainCf() ends a last line that has no end", () => {
  assertEquals(editMainCf("a = 1", new Map([["b", set("2")]])), "a = 1\nb = 2\n");
  assertEquals(editMainCf("", new Map([["b", set("2")]])), "b = 2\n");
  assertEquals(editMainCf("a = 1", new Map()), "a = 1");
});
