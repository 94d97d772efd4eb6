import { assertEquals } from "@std/assert";

import {
  concatBytes,
  equalBytes,
  equalSecrets,
  latin1Bytes,
  latin1Text,
  noBytes,
  utf8Bytes,
  utf8Text,
  utf8TextStrict,
} from "./bytes.ts";
import { failureText, PermFailure, TempFailure } from "./failure.ts";
import { randomHex, realRandom, SeededRandom } from "./random.ts";

Deno.test("latin1Text() and latin1Bytes() are each other's reverse, also for much", () => {
  const bytes = Uint8Array.from({ length: 20_000 }, (_, index) => index & 0xff);
  assertEquals(equalBytes(latin1Bytes(latin1Text(bytes)), bytes), true);
  assertEquals(latin1Text(noBytes), "");
});

Deno.test("utf8Text() replaces what is malformed, utf8TextStrict() refuses it, both keep a byte order mark", () => {
  assertEquals(utf8Text(Uint8Array.of(97, 0xff)), "a\ufffd");
  assertEquals(utf8TextStrict(Uint8Array.of(97, 0xff)), undefined);
  assertEquals(utf8TextStrict(utf8Bytes("\ufeffblå")), "\ufeffblå");
});

Deno.test("equalBytes() and equalSecrets() agree", () => {
  const rows: readonly (readonly [string, string])[] = [["", ""], ["a", "a"], ["a", "b"], ["a", "ab"], [
    "ab",
    "a",
  ], [
    "",
    "\0",
  ]];
  for (const [left, right] of rows) {
    assertEquals(equalBytes(utf8Bytes(left), utf8Bytes(right)), left === right);
    assertEquals(equalSecrets(utf8Bytes(left), utf8Bytes(right)), left === right);
  }
});

Deno.test("concatBytes() joins in order", () => {
  assertEquals(utf8Text(concatBytes([utf8Bytes("a"), noBytes, utf8Bytes("bc")])), "abc");
});

Deno.test("SeededRandom repeats from its seed and stays below the limit", () => {
  const draw = () => {
    const random = new SeededRandom(7);
    return Array.from({ length: 1000 }, () => random.below(10));
  };
  assertEquals(draw(), draw());
  assertEquals(new Set(draw()).size, 10);
  assertEquals(randomHex(realRandom, 8).length, 16);
});

Deno.test("failureText() tells the chain of causes", () => {
  const deep = new TempFailure("4.3.0", "cannot lock", { cause: new Error("held by pid 412") });
  assertEquals(failureText(deep), "4.3.0 cannot lock: held by pid 412");
  assertEquals(failureText(new PermFailure("5.1.1", "no such user")), "5.1.1 no such user");
  assertEquals(failureText("text"), "text");
});

Deno.test("failureText() says nothing twice, also when an error has come through a worker's port", () => {
  const system = new Error("Address already in use");
  const told = new TempFailure("4.3.0", "cannot listen on port 25", {
    cause: new Error("cannot listen on port 25", { cause: system }),
  });
  const detail = failureText(told);
  assertEquals(detail, "4.3.0 cannot listen on port 25: Address already in use");
  const arrived = new TempFailure("4.3.0", "cannot listen on port 25", { cause: new Error(detail) });
  assertEquals(failureText(arrived), detail);
});
