/** What every source of users does; each runs it in its own test file. */

import { assertEquals } from "@std/assert";

import type { Users } from "./users.ts";

export interface UsersUnderTest {
  readonly users: Users;
  close(): Promise<void> | void;
}

export interface SuiteAccount {
  readonly name: string;
  readonly password: string;
}

const accounts: readonly SuiteAccount[] = [
  { name: "jane", password: "correct horse" },
  { name: "bob", password: `p:w"\\{x}%u` },
  { name: "ann.lee+x", password: "pässwörd" },
  { name: "joe@example.com", password: "1" },
];

/** Runs the suite; `make` gives users with those accounts. */
export function testUsers(
  source: string,
  make: (accounts: readonly SuiteAccount[]) => Promise<UsersUnderTest>,
): void {
  const test = (sentence: string, check: (users: Users) => Promise<void>) =>
    Deno.test(`${source} ${sentence}`, async () => {
      const made = await make(accounts);
      try {
        await check(made.users);
      } finally {
        await made.close();
      }
    });

  test("accepts each user's password, also when asked again", async (users) => {
    for (const { name, password } of [...accounts, ...accounts]) {
      const verdict = await users.verify(name, password);
      assertEquals(verdict.kind === "accepted" && verdict.user.name, name);
    }
  });

  test("refuses another password, another's password and an empty one (RFC 4616 §2)", async (users) => {
    for (const password of ["wrong", "correct hors", "correct horse ", "Correct horse", "1", "", "jane"]) {
      assertEquals((await users.verify("jane", password)).kind, "refused", password);
    }
  });

  test("refuses a wrong password after the right one was accepted", async (users) => {
    assertEquals((await users.verify("jane", "correct horse")).kind, "accepted");
    assertEquals((await users.verify("jane", "correct horsf")).kind, "refused");
    assertEquals((await users.verify("bob", "correct horse")).kind, "refused");
  });

  test("refuses users that are not there, and says so to the log only", async (users) => {
    const verdict = await users.verify("nobody", "correct horse");
    assertEquals(verdict, { kind: "refused", reason: "unknown user" });
    assertEquals(await users.find("nobody"), undefined);
  });

  test("folds names to lower case (Dovecot auth_username_format)", async (users) => {
    assertEquals((await users.verify("JANE", "correct horse")).kind, "accepted");
    assertEquals((await users.find("Joe@Example.COM"))?.name, "joe@example.com");
  });

  test("finds users with an absolute home that is theirs alone", async (users) => {
    const homes = await Promise.all(accounts.map(async ({ name }) => (await users.find(name))?.home ?? ""));
    assertEquals(homes.filter((home) => home.startsWith("/")).length, accounts.length);
    assertEquals(new Set(homes).size, accounts.length);
  });

  test("knows no names that would leave the directory of homes", async (users) => {
    for (
      const name of [
        "",
        ".",
        "..",
        "../jane",
        "jane/",
        "/jane",
        "jane\0",
        "jane\n",
        " jane",
        "ja ne",
        "a@..",
        "@",
        "%u",
      ]
    ) {
      assertEquals(await users.find(name), undefined, JSON.stringify(name));
      assertEquals((await users.verify(name, "correct horse")).kind, "refused", JSON.stringify(name));
    }
  });

  test("lists all users", async (users) => {
    const names = (await users.list()).map(({ name }) => name);
    assertEquals([...names].sort(), accounts.map(({ name }) => name).sort());
  });

  test("gives keys of SCRAM only for users that are there (RFC 5802 §3)", async (users) => {
    assertEquals(await users.scramKeys("nobody", "SHA-256"), undefined);
  });

  test("checks many passwords at a time", async (users) => {
    const verdicts = await Promise.all(
      Array.from(
        { length: 20 },
        (_, index) => users.verify("jane", index % 2 === 0 ? "correct horse" : `wrong ${index}`),
      ),
    );
    assertEquals(
      verdicts.map(({ kind }) => kind === "accepted"),
      verdicts.map((_, index) => index % 2 === 0),
    );
  });
}
