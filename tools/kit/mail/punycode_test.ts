import { assertEquals } from "@std/assert";

import { decodePunycode } from "./punycode.ts";

Deno.test("decodePunycode() decodes the samples of RFC 3492 §7.1", () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ["ihqwcrb4cv8a8dqg056pqjye", "他们为什么不说中文"],
    ["Proprostnemluvesky-uyb24dma41a", "Pročprostěnemluvíčesky"],
    ["4dbcagdahymbxekheh6e0a7fei0b", "למההםפשוטלאמדבריםעברית"],
    ["3B-ww4c5e180e575a65lsy2b", "3年B組金八先生"],
    ["-> $1.00 <--", "-> $1.00 <-"],
    ["bcher-kva", "bücher"],
    ["", ""],
    ["ü-kva", undefined],
    ["bcher-!", undefined],
    ["bcher-kv", undefined],
    ["9999999999999999", undefined],
  ];
  for (const [encoded, decoded] of cases) assertEquals(decodePunycode(encoded), decoded, encoded);
});
