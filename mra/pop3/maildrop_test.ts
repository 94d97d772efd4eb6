import { assertEquals } from "@std/assert";

import { Maildrop } from "./maildrop.ts";

function sample(): Maildrop {
  return new Maildrop({
    uidValidity: 0x4a3b2c1d,
    uids: Uint32Array.of(1, 0x1f, 4294967295),
    octets: Float64Array.of(100, 20, 5_000_000_000),
  });
}

Deno.test("Maildrop counts what is left, and RSET takes all marks back (RFC 1939 §5)", () => {
  const maildrop = sample();
  assertEquals(maildrop.remaining, { count: 3, octets: 5_000_000_120 });
  maildrop.delete(2);
  maildrop.delete(2);
  assertEquals(maildrop.remaining, { count: 2, octets: 5_000_000_100 });
  assertEquals([maildrop.count, maildrop.deletedCount, maildrop.totalOctets], [3, 1, 5_000_000_120]);
  assertEquals(maildrop.deletedUids(), [31]);
  assertEquals([1, 2, 3].map((number) => maildrop.isDeleted(number)), [false, true, false]);
  maildrop.reset();
  assertEquals(maildrop.remaining, { count: 3, octets: 5_000_000_120 });
  assertEquals(maildrop.deletedUids(), []);
});

Deno.test("Maildrop's unique ids are those of Dovecot, so that a move downloads nothing again (RFC 1939 §7)", () => {
  const maildrop = sample();
  assertEquals([1, 2, 3].map((number) => maildrop.uniqueId(number)), [
    "000000014a3b2c1d",
    "0000001f4a3b2c1d",
    "ffffffff4a3b2c1d",
  ]);
});

Deno.test("Maildrop has the numbers 1 to count and no others (RFC 1939 §5)", () => {
  const maildrop = sample();
  assertEquals([-1, 0, 1, 3, 4, 1e9].map((number) => maildrop.has(number)), [
    false,
    false,
    true,
    true,
    false,
    false,
  ]);
});
