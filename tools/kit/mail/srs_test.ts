import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";

import { parseSrsSecrets, Srs } from "./srs.ts";

const day = 86_400_000;
const nowMs = 20_000 * day + 1;
const here = new Srs({ secrets: ["secret"], maxAgeDays: 21 });
const there = new Srs({ secrets: ["another"], maxAgeDays: 21 });

Deno.test("Srs gives a return address here, and finds the way back (SRS0)", () => {
  for (const sender of ["li@a.test", "Li.Q@A.test", "a=b+c-d=@x.a.test", "SRS@a.test"]) {
    const address = here.forward(sender, "b.test", nowMs);
    assertMatch(address, /^SRS0=[a-z2-7]{6}=[a-z2-7]{2}=.*@b\.test$/);
    assertEquals(here.reverse(address, nowMs), sender);
    assertEquals(here.reverse(address.toLowerCase(), nowMs), sender.toLowerCase());
    assertEquals(there.reverse(address, nowMs), undefined);
  }
});

Deno.test("Srs keeps the way through all hosts short (SRS1)", () => {
  const first = there.forward("li@a.test", "b.test", nowMs);
  const second = here.forward(first, "c.test", nowMs);
  assertMatch(second, /^SRS1=[a-z2-7]{6}=b\.test==[a-z2-7]{6}=[a-z2-7]{2}=a\.test=li@c\.test$/);
  const third = there.forward(second, "d.test", nowMs);
  assertMatch(third, /^SRS1=[a-z2-7]{6}=b\.test==.*=a\.test=li@d\.test$/);
  assertEquals(there.reverse(third, nowMs), first);
  assertEquals(here.reverse(second, nowMs), first);
  assertEquals(there.reverse(first, nowMs), "li@a.test");
});

Deno.test("Srs leaves alone what needs no other sender, or cannot have one", () => {
  for (const sender of ["", "root", '"a b"@a.test', "li@b.test"]) {
    assertEquals(here.forward(sender, "b.test", nowMs), sender);
  }
});

Deno.test("Srs takes no address that was changed, made up or is too old", () => {
  const address = here.forward("li@a.test", "b.test", nowMs);
  assertEquals(here.reverse(address.replace("=li@", "=lu@"), nowMs), undefined);
  assertEquals(here.reverse(address.replace("a.test", "e.test"), nowMs), undefined);
  for (
    const local of [
      "SRS0",
      "SRS0=",
      "SRS0=abcdef=aa=li",
      "SRS1=abcdef=b.test=li",
      "li",
      "SRS2=abcdef=aa=a.test=li",
    ]
  ) {
    assertEquals(here.reverse(`${local}@b.test`, nowMs), undefined, local);
  }
  assertEquals(here.reverse(address, nowMs + 21 * day), "li@a.test");
  assertEquals(here.reverse(address, nowMs - day), "li@a.test");
  assertEquals(here.reverse(address, nowMs + 22 * day), undefined);
  assertEquals(here.reverse(address, nowMs + 1000 * day), undefined);
});

Deno.test("Srs signs with the first secret and takes older ones", () => {
  const newer = new Srs({ secrets: parseSrsSecrets("new\n\n secret \n"), maxAgeDays: 21 });
  const address = here.forward("li@a.test", "b.test", nowMs);
  assertEquals(newer.reverse(address, nowMs), "li@a.test");
  assertNotEquals(newer.forward("li@a.test", "b.test", nowMs), address);
});
