import { assertEquals } from "@std/assert";

import { SeededRandom } from "../../tools/kit/base/random.ts";

import { checkPassword, parseStoredPassword } from "./password_scheme.ts";
import { formatScramKeys, makeScramKeys, parseScramKeys } from "./scram.ts";

/** Made by Dovecot 2.3.19 (`doveadm pw`) of the password `pass wörd`. */
const made: readonly string[] = [
  "{PLAIN}pass wörd",
  "{CLEARTEXT}pass wörd",
  "{PLAIN.HEX}706173732077c3b67264",
  "{PLAIN.B64}cGFzcyB3w7ZyZA==",
  "{SHA}B/PcQHeAKywePq/ztWiCWf9lImE=",
  "{SHA1}B/PcQHeAKywePq/ztWiCWf9lImE=",
  "{SSHA}zcQ/IjqmZTKfbds+sQqWyjNZNMt9TtE3",
  "{SHA256}OiJnkCVYiolCxym6OY5vSw4KcK5/4byVl4xwY92nKW4=",
  "{SHA256.HEX}3a22679025588a8942c729ba398e6f4b0e0a70ae7fe1bc95978c7063dda7296e",
  "{SHA256}3a22679025588a8942c729ba398e6f4b0e0a70ae7fe1bc95978c7063dda7296e",
  "{SSHA256}l2jtfR2oSYXLPD8FEidGJOTMWSkA2PnTuc4IOSHiD9uj8X6i",
  "{SSHA256.HEX}7a557db2fb2e37725e21acc644e415f200fa9d38258b71821a60e202341b496fdb1cbc9c",
  "{SHA512}zNC2/6f2hn0TF9T9rZD547wrjHSb4QzAd6Ka2pPoW8SpdvPx3wCEucqGdC89XUEQapM6HFqXiGHAibw6tmkzKg==",
  "{SHA512.b64}zNC2/6f2hn0TF9T9rZD547wrjHSb4QzAd6Ka2pPoW8SpdvPx3wCEucqGdC89XUEQapM6HFqXiGHAibw6tmkzKg",
  "{SSHA512}hACP1DQqe20qkP+M2GzS0+8PqpqD3IsMfasllJGHp09g6MaK/zEvQY7DeFZboFL9zAcKyYRI5QoYbnFTHfJ7QW2c/7M=",
  "{PBKDF2}$1$CQzcp5h5LlQCngkx$5000$8faa26a6f022972fd2093779063b2cb9d03f5240",
  "{SCRAM-SHA-256}4096,AkBrLDb8PvoCGgr1Ge6AoA==,UMc4ka7SzxDv7VEWY3Jr7EwNhuRBaUksu05GTyFYmcg=,OjE2rYtYTDDAZodzMaEWaUCV2R0f8Xx0S/57bxSEL3w=",
  "{SCRAM-SHA-1}4096,BlIyp66AF1w8PFTLHeXGiQ==,/E/pTRKo8/yZKghDoGCbZ8s8Ufk=,aExGWKk34TDYBY/HoZ1bFGW6rQA=",
];

for (const stored of made) {
  const scheme = stored.slice(0, stored.indexOf("}") + 1);
  Deno.test(`checkPassword() checks what Dovecot made: ${scheme}`, async () => {
    assertEquals(await checkPassword(stored, "pass wörd"), { kind: "match" });
    for (const wrong of ["pass word", "pass wörd ", "", "Pass wörd"]) {
      assertEquals(await checkPassword(stored, wrong), { kind: "mismatch" }, wrong);
    }
  });
}

const unusable: readonly (readonly [stored: string, reason: string])[] = [
  ["", "login is locked"],
  ["*", "login is locked"],
  ["!{PLAIN}x", "login is locked"],
  ["{PLAIN}", "login is locked"],
  ["{PLAIN-MD5}504d29647770fc46e054b810d4725657", "password scheme PLAIN-MD5 is not supported"],
  ["{constructor}x", "password scheme CONSTRUCTOR is not supported"],
  ["{SHA256}AAAA", "the stored SHA-256 password is malformed"],
  ["{SSHA}AAAA", "the stored SHA-1 password is malformed"],
  ["{SHA}not base64!", "the stored SHA-1 password is malformed"],
  ["{PBKDF2}$1$salt$99999999999$00", "the stored {PBKDF2} password is malformed"],
  ["{PBKDF2}$2$salt$1$8faa26a6f022972fd2093779063b2cb9d03f5240", "the stored {PBKDF2} password is malformed"],
  ["{SCRAM-SHA-256}4096,AAAA,AAAA,AAAA", "the stored {SCRAM-SHA-256} password is malformed"],
  ["{SCRAM-SHA-256}0,AAAA", "the stored {SCRAM-SHA-256} password is malformed"],
  ["{SHA512-CRYPT}$6$x$y", "crypt(3) hashes cannot be checked here; set the password anew"],
  ["$6$x$y", "crypt(3) hashes cannot be checked here; set the password anew"],
];

for (const [stored, reason] of unusable) {
  Deno.test(`checkPassword() lets nobody in by ${stored === "" ? "an empty field" : stored}`, async () => {
    assertEquals(await checkPassword(stored, ""), { kind: "unusable", reason });
    assertEquals(await checkPassword(stored, stored), { kind: "unusable", reason });
  });
}

Deno.test("checkPassword() checks crypt(3) hashes by the function it is given", async () => {
  const crypt = (password: string, setting: string) =>
    setting === "$6$bad" ? undefined : `$6$salt$${password}`;
  assertEquals(await checkPassword("{SHA512-CRYPT}$6$salt$secret", "secret", crypt), { kind: "match" });
  assertEquals(await checkPassword("{CRYPT}$6$salt$secret", "wrong", crypt), { kind: "mismatch" });
  assertEquals(await checkPassword("$6$salt$secret", "secret", crypt), { kind: "match" });
  const bad = await checkPassword("{CRYPT}$6$bad", "secret", crypt);
  assertEquals(bad, { kind: "unusable", reason: "crypt(3) does not know this kind of hash" });
});

Deno.test("parseStoredPassword() takes scheme and encoding off", () => {
  assertEquals(parseStoredPassword("{ssha256.hex}ab"), { scheme: "SSHA256", encoding: "hex", data: "ab" });
  assertEquals(parseStoredPassword("{PLAIN}{x}"), { scheme: "PLAIN", encoding: undefined, data: "{x}" });
  assertEquals(parseStoredPassword("$1$x"), { scheme: "CRYPT", encoding: undefined, data: "$1$x" });
});

Deno.test("makeScramKeys() makes the keys that RFC 7677 computes (RFC 7677 §3)", async () => {
  const salt = Uint8Array.from(atob("W22ZaJ0SNY7soEsUEjb6gQ=="), (char) => char.charCodeAt(0));
  const random = { bytes: () => salt, below: () => 0 };
  const keys = await makeScramKeys("pencil", { random, iterations: 4096 });
  assertEquals(
    formatScramKeys(keys),
    "{SCRAM-SHA-256}4096,W22ZaJ0SNY7soEsUEjb6gQ==,WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
  );
});

Deno.test("makeScramKeys() gives keys that read back and match, whatever way the password was typed (RFC 4013)", async () => {
  const random = new SeededRandom(5);
  const stored = formatScramKeys(
    await makeScramKeys("pa\u00a0ss w\u00f6rd\ufb01", { random, iterations: 10 }),
  );
  for (const typed of ["pa ss wo\u0308rdfi", "pa\u00a0ss w\u00f6rd\ufb01", "pa ss w\u00f6\u00adrdfi"]) {
    assertEquals(await checkPassword(stored, typed), { kind: "match" }, typed);
  }
  assertEquals(parseScramKeys(parseStoredPassword(stored).data, "SHA-256")?.iterations, 10);
  assertEquals(parseScramKeys(parseStoredPassword(stored).data, "SHA-1"), undefined);
});
