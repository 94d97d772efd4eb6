import { assertEquals, assertRejects } from "@std/assert";

import { ConfigError, TempFailure } from "../../tools/kit/base/failure.ts";

import type { Table } from "../../store/table/table.ts";

import { askTable, askUser } from "../address/lookup.ts";
import { askDns, type PolicyEvaluation } from "../policy/question.ts";
import { type PolicyWorld, runAddressEvaluation, runEvaluation } from "./run_evaluation.ts";

function table(name: string, lookup: Table["lookup"]): Table {
  return { name, fixed: true, lookup, close: () => {} };
}

const slept: number[] = [];
const world: PolicyWorld = {
  tables: {
    open: (spec) => {
      if (spec === "bad:x") throw new ConfigError(`unsupported table type "bad"`);
      return table(spec, (key) => {
        if (key === "down") return Promise.reject(new TempFailure("4.3.0", "cannot read it"));
        if (key === "bug") return Promise.reject(new TypeError("no such thing"));
        return Promise.resolve(key === "av.com" ? { value: "REJECT", line: 12 } : undefined);
      });
    },
  },
  users: { find: (name) => Promise.resolve(name === "joe" ? { name, home: "/h" } : undefined) },
  dns: { query: (name) => Promise.resolve({ kind: "notFound", text: `no ${name}` }) },
  service: (server) => Promise.resolve(`DUNNO ${server}`),
  verify: (address) => Promise.resolve({ status: "deliverable", text: address }),
  sleep: (ms) => Promise.resolve(void slept.push(ms)),
};

Deno.test("runEvaluation() gives each question its answer, in order", async () => {
  function* all(): PolicyEvaluation<readonly unknown[]> {
    return [
      yield* askTable("hash:/t", "av.com"),
      yield* askTable("hash:/t", "b.com"),
      yield* askUser("joe"),
      yield* askDns("d.test", "MX"),
      yield { kind: "service", server: "unix:p", attributes: [] },
      yield { kind: "verify", address: "a@b" },
      yield { kind: "sleep", ms: 5 },
    ];
  }
  assertEquals(await runEvaluation(all(), world), [
    { value: "REJECT", line: 12 },
    undefined,
    true,
    { kind: "notFound", text: "no d.test" },
    "DUNNO unix:p",
    { status: "deliverable", text: "a@b" },
    null,
  ]);
  assertEquals(slept, [5]);
});

Deno.test("runAddressEvaluation() makes answers of tables that fail, and none of a mistake in the program", async () => {
  function* ask(spec: string, key: string) {
    return yield* askTable(spec, key);
  }
  assertEquals(await runAddressEvaluation(ask("hash:/t", "down"), world), {
    failure: "4.3.0 cannot read it",
  });
  assertEquals(await runAddressEvaluation(ask("bad:x", "a"), world), {
    failure: `unsupported table type "bad"`,
  });
  await assertRejects(() => runAddressEvaluation(ask("hash:/t", "bug"), world), TypeError);
});
