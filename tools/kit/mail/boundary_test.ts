import { assertEquals } from "@std/assert";

import { latin1Bytes } from "../base/bytes.ts";
import { findBoundary } from "./boundary.ts";

Deno.test("findBoundary() takes the longest, innermost boundary that the line begins with (RFC 2046 §5.1.1)", () => {
  const cases: readonly (readonly [line: string, boundaries: readonly string[], found: string])[] = [
    ["--b\r\n", ["b"], "0"],
    ["--b--\n", ["b"], "0 last"],
    ["--b", ["b"], "0"],
    ["--b--", ["b"], "0 last"],
    ["--b whatever\n", ["b"], "0"],
    ["--b -- \n", ["b"], "0"],
    ["--B\n", ["b"], "none"],
    ["-b\n", ["b"], "none"],
    ["--\n", ["b"], "none"],
    ["--a\n--b\n", ["b"], "none"],
    ["--abc\n", ["a", "ab"], "1"],
    ["--abc\n", ["ab", "a"], "0"],
    ["--a\n", ["a", "a"], "1"],
    ["--out--\n", ["out", "out--"], "1"],
    ["--out--\n", ["out--", "out"], "1 last"],
    ["--out----\n", ["out", "out--"], "1 last"],
    ["--x\n", [""], "0"],
  ];
  for (const [line, boundaries, shown] of cases) {
    const found = findBoundary(latin1Bytes(line), 0, boundaries.map(latin1Bytes));
    assertEquals(found ? `${found.index}${found.isLast ? " last" : ""}` : "none", shown, line);
  }
});
