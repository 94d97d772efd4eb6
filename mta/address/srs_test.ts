import { assertEquals } from "@std/assert";

import { Srs } from "../../tools/kit/mail/srs.ts";

import { srsSender } from "./srs.ts";

const srs = new Srs({ secrets: ["s"], maxAgeDays: 21 });
const options = { srs, domain: "srs.my.test", excluded: ["my.test", ".our.test"], nowMs: 86_400_000 * 9 };

Deno.test("srsSender() changes the sender of mail that is forwarded for others, and no other", () => {
  const rows: readonly (readonly [string, string, string, "changed" | "same"])[] = [
    ["li@a.test", "u1@my.test", "u1@gmail.test", "changed"],
    ["li@a.test", "x@gmail.test", "x@gmail.test", "same"],
    ["li@a.test", "X@Gmail.test", "y@gmail.test", "same"],
    ["li@a.test", "u1", "u1@gmail.test", "same"],
    ["u2@my.test", "u1@my.test", "u1@gmail.test", "same"],
    ["u2@MY.test", "u1@my.test", "u1@gmail.test", "same"],
    ["u2@x.our.test", "u1@my.test", "u1@gmail.test", "same"],
    ["u2@our.test", "u1@my.test", "u1@gmail.test", "changed"],
    ["", "u1@my.test", "u1@gmail.test", "same"],
  ];
  for (const [sender, original, address, expected] of rows) {
    const changed = srsSender(sender, { address, original }, options);
    assertEquals(changed === sender ? "same" : "changed", expected, `${sender} ${original} ${address}`);
    if (expected === "changed") assertEquals(srs.reverse(changed, options.nowMs), sender);
  }
});
