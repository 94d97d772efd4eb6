import { DatabaseSync } from "node:sqlite";

import { assertEquals, assertRejects } from "@std/assert";

import { utf8Bytes, utf8Text } from "../kit/base/bytes.ts";
import { TempFailure } from "../kit/base/failure.ts";

import { realDisk } from "../../store/file/real_disk.ts";
import { openTables } from "../../store/table/tables.ts";

import { processTables } from "./process_tables.ts";

async function inDirectory(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "mailsrv-tables-" });
  try {
    await work(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Answers each question on one connection with what `answer` makes of it. */
async function serve(listener: Deno.Listener, answer: (question: string) => string): Promise<void> {
  const conn = await listener.accept();
  const buffer = new Uint8Array(4096);
  for (;;) {
    const octets = await conn.read(buffer);
    if (octets === null) break;
    await conn.write(utf8Bytes(answer(utf8Text(buffer.subarray(0, octets)))));
  }
  conn.close();
  listener.close();
}

Deno.test("sqlite: reads a database that others write to (sqlite_table(5))", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/mail.db`;
    const database = new DatabaseSync(path);
    database.exec(
      "CREATE TABLE aliases (name TEXT, target TEXT); INSERT INTO aliases VALUES ('info', 'jane')",
    );
    await Deno.writeTextFile(
      `${directory}/cf`,
      `dbpath = ${path}\nquery = SELECT target FROM aliases WHERE name = '%s'\n`,
    );
    const tables = openTables({ ...processTables, disk: realDisk });
    const table = tables.open(`sqlite:${directory}/cf`);
    assertEquals(await table.lookup("Info"), { value: "jane" });
    database.exec("INSERT INTO aliases VALUES ('info', 'john')");
    assertEquals(await table.lookup("info"), { value: "jane,john" });
    database.close();
    await Deno.remove(path);
    await assertRejects(() => table.lookup("info"), TempFailure);
    tables.close();
  }));

Deno.test("socketmap: and tcp: talk over real sockets (socketmap_table(5), tcp_table(5))", () =>
  inDirectory(async (directory) => {
    const tcp = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const unix = Deno.listen({ transport: "unix", path: `${directory}/s` });
    const serving = [
      serve(tcp, (question) => question === "get a\n" ? "200 one\n" : "500 none\n"),
      serve(unix, (question) => question === "5:map a," ? "6:OK two," : "9:NOTFOUND ,"),
    ];
    const tables = openTables({ ...processTables, disk: realDisk });
    const { port } = tcp.addr as Deno.NetAddr;
    const both = tables.open(`unionmap:{tcp:127.0.0.1:${port},socketmap:unix:${directory}/s:map}`);
    assertEquals([await both.lookup("a"), await both.lookup("b")], [
      { value: "one,two", line: undefined },
      undefined,
    ]);
    tables.close();
    await Promise.all(serving);
  }));
