import { assertEquals } from "@std/assert";

import { fillFromFiles } from "./list_files.ts";

Deno.test("fillFromFiles() puts the items of files in their place (postconf(5) mydestination)", () => {
  const files = new Map([
    ["/a", { text: "# comment\none, two\n three\n\n!/b\n" }],
    ["/b", { text: "four\n/a\n" }],
    ["/c", { problem: "cannot read /c" }],
  ]);
  const filled = fillFromFiles(["zero", "!/a", "/c", "/d"], files);
  assertEquals(filled, {
    items: [
      { text: "zero" },
      { text: "!one", file: "/a", line: 2 },
      { text: "!two", file: "/a", line: 2 },
      { text: "!three", file: "/a", line: 2 },
      { text: "!!four", file: "/b", line: 1 },
    ],
    wanted: ["/d"],
    problems: [
      { text: "/a names itself", at: { text: "!!/a", file: "/b", line: 2 } },
      { text: "cannot read /c", at: { text: "/c" } },
    ],
  });
});
