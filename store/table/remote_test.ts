import { assertEquals, assertRejects, assertThrows } from "@std/assert";

import { concatBytes, utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";
import { ManualClock } from "../../tools/kit/base/clock.ts";
import { ConfigError, failureText, TempFailure } from "../../tools/kit/base/failure.ts";

import { SimDisk } from "../file/sim_disk.ts";

import type { TableAddress, TableStream } from "./remote_client.ts";
import { answerLimitMs, idleLimitMs } from "./remote_client.ts";
import { percentDecode, percentEncode } from "./remote_tables.ts";
import { openTables } from "./tables.ts";

/** What a server does with a question: chunks of its answer; nothing: it closes; `silent`: it never answers. */
type Serve = (question: string, connection: number) => readonly string[] | "silent";

function setting(serve: Serve) {
  const clock = new ManualClock();
  const addresses: TableAddress[] = [];
  const questions: string[] = [];
  let open = 0;
  const connect = (address: TableAddress): Promise<TableStream> => {
    const connection = addresses.push(address);
    open++;
    const chunks: (Uint8Array | undefined)[] = [];
    let wake: () => void = () => {};
    const push = (chunk: Uint8Array | undefined) => {
      chunks.push(chunk);
      wake();
    };
    let isOpen = true;
    return Promise.resolve({
      write: (bytes) => {
        questions.push(utf8Text(bytes));
        const answer = serve(utf8Text(bytes), connection);
        if (answer === "silent") return Promise.resolve();
        for (const chunk of answer) push(utf8Bytes(chunk));
        if (answer.length === 0) push(undefined);
        return Promise.resolve();
      },
      read: async () => {
        if (chunks.length === 0) await new Promise<void>((resolve) => wake = resolve);
        return chunks.shift();
      },
      close: () => {
        if (isOpen) open--;
        isOpen = false;
        push(undefined);
      },
    });
  };
  const tables = openTables({ disk: new SimDisk(), clock, connect });
  return { clock, addresses, questions, tables, openConnections: () => open };
}

const reasonOf = async (work: Promise<unknown>) => failureText(await assertRejects(() => work, TempFailure));

Deno.test("socketmap: asks in netstrings and keeps its connection (socketmap_table(5))", async () => {
  const { tables, addresses, questions } = setting((question) =>
    question.includes("jane") ? ["9:OK a, b", " c,"] : ["9:NOTFOUND ,"]
  );
  const table = tables.open("socketmap:inet:[::1]:2000:aliases");
  assertEquals(table.fixed, false);
  assertEquals(await table.lookup("jane@bücher.test"), { value: "a, b c" });
  assertEquals(await table.lookup("John"), undefined);
  assertEquals(questions, ["25:aliases jane@bücher.test,", "12:aliases John,"]);
  assertEquals(addresses, [{ transport: "tcp", host: "::1", port: 2000 }]);
  tables.close();
});

Deno.test("socketmap: over a socket of the system, and what servers may say (socketmap_table(5))", async () => {
  const answers = [
    "7:TEMP no,",
    "8:PERM bad,",
    "10:TIMEOUT ax,",
    "3:FOO,",
    "xyz",
    "5:OK abc",
    "200000:OK ",
    "2:OKx",
  ];
  const { tables, addresses } = setting(() => [answers.shift()!]);
  const table = tables.open("socketmap:unix:/run/map.sock:t");
  const texts = [
    "TEMP no",
    "PERM bad",
    "TIMEOUT ax",
    "FOO",
    "no netstring",
    "no netstring",
    "too long",
    "no netstring",
  ];
  for (const text of texts) {
    const reason = await reasonOf(table.lookup("x"));
    assertEquals(reason.includes(text), true, `${reason}, which has not: ${text}`);
  }
  assertEquals(addresses[0], { transport: "unix", path: "/run/map.sock" });
  tables.close();
});

Deno.test("tcp: asks by lines with %XX (tcp_table(5))", async () => {
  const { tables, questions } = setting((question) =>
    question.startsWith("get a")
      ? ["200 two%20wo", "rds%0A%25\n"]
      : question.startsWith("get b")
      ? ["500 none\n"]
      : ["400 try%20later\n"]
  );
  const table = tables.open("tcp:localhost:3000");
  assertEquals(await table.lookup("a b%ü"), { value: "two words\n%" });
  assertEquals(await table.lookup("b"), undefined);
  assertEquals((await reasonOf(table.lookup("c"))).endsWith("tcp:localhost:3000: try later"), true);
  assertEquals(questions[0], "get a%20b%25%C3%BC\n");
  tables.close();
});

Deno.test("tcp: what is no answer fails for now (tcp_table(5))", async () => {
  const answers = ["hello\n", "200\n", "200 %zz\n", "300 x\n", "x".repeat(5000), "500 a\n500 b\n"];
  const { tables } = setting(() => [answers.shift()!]);
  const table = tables.open("tcp:localhost:3000");
  for (let round = 0; round < 6; round++) await reasonOf(table.lookup("x"));
  tables.close();
});

Deno.test("a connection that the server has closed is opened again for the same question", async () => {
  const asked = new Map<number, number>();
  const { tables, addresses } = setting((_question, connection) => {
    asked.set(connection, (asked.get(connection) ?? 0) + 1);
    return asked.get(connection)! > 1 ? [] : ["200 yes\n"];
  });
  const table = tables.open("tcp:localhost:3000");
  for (let round = 0; round < 3; round++) assertEquals((await table.lookup("x"))?.value, "yes");
  assertEquals(addresses.length, 3);
  tables.close();
});

Deno.test("a server that closes a new connection, or that cannot be reached, fails the lookup", async () => {
  const { tables } = setting(() => []);
  assertEquals(
    (await reasonOf(tables.open("tcp:localhost:3000").lookup("x"))).includes("closed the connection"),
    true,
  );
  const refused = openTables({
    disk: new SimDisk(),
    connect: () => Promise.reject(new Error("Connection refused")),
  });
  assertEquals(
    await reasonOf(refused.open("tcp:localhost:3000").lookup("x")),
    "4.3.0 Temporary lookup failure: tcp:localhost:3000: Connection refused",
  );
});

Deno.test("a server that stays silent does not make many wait for one another", async () => {
  const { tables, clock } = setting(() => "silent");
  const table = tables.open("tcp:localhost:3000");
  const reasons = Promise.all(Array.from({ length: 50 }, () => reasonOf(table.lookup("x"))));
  for (let time = 0; time < 2; time++) {
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
    clock.advance(answerLimitMs);
  }
  const [first, second, ...others] = await reasons;
  assertEquals([first, second].map((text) => text?.includes("no answer within 100 seconds")), [true, true]);
  assertEquals(others.filter((text) => !text.includes("others have waited")), []);
});

Deno.test("a silent server fails the lookup in time, and the next one has a new connection", async () => {
  const { tables, clock, openConnections } = setting((_question, connection) =>
    connection === 1 ? "silent" : ["200 yes\n"]
  );
  const table = tables.open("tcp:localhost:3000");
  const [first, second] = [table.lookup("x"), table.lookup("y")];
  const reason = reasonOf(first);
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  clock.advance(answerLimitMs);
  assertEquals((await reason).includes("no answer within 100 seconds"), true);
  assertEquals((await second)?.value, "yes");
  assertEquals(openConnections(), 1);
  clock.advance(idleLimitMs);
  assertEquals(openConnections(), 0);
  assertEquals(clock.nextDue(), undefined);
});

Deno.test("closing the tables ends their connections", async () => {
  const { tables, clock, openConnections } = setting(() => ["500 no\n"]);
  await tables.open("tcp:localhost:3000").lookup("x");
  tables.close();
  assertEquals([openConnections(), clock.nextDue()], [0, undefined]);
});

Deno.test("names of remote tables are read strictly", () => {
  const { tables } = setting(() => []);
  for (
    const spec of [
      "tcp:x",
      "tcp:x:0",
      "tcp:x:70000",
      "socketmap:x",
      "socketmap:inet:h:1",
      "socketmap:unix:/p",
      "socketmap:foo:h:1:n",
    ]
  ) assertThrows(() => tables.open(spec), ConfigError, "bad syntax", spec);
  assertThrows(() => openTables({ disk: new SimDisk() }).open("tcp:h:1"), ConfigError, "cannot be used here");
});

Deno.test("percentEncode() and percentDecode() are each other's reverse (tcp_table(5))", () => {
  const all = utf8Text(concatBytes([Uint8Array.from({ length: 128 }, (_, code) => code), utf8Bytes("ü€😀")]));
  assertEquals(percentDecode(percentEncode(all)), all);
  assertEquals(/^[!-~]*$/.test(percentEncode(all)), true);
  assertEquals([percentDecode("%"), percentDecode("%4"), percentDecode("a%zz")], [
    undefined,
    undefined,
    undefined,
  ]);
});
