import { assertEquals } from "@std/assert";

import { ManualClock } from "../../tools/kit/base/clock.ts";

import { memoryDns } from "../dns/testing_memory.ts";
import { StsPolicies } from "./sts_policies.ts";

function world() {
  const clock = new ManualClock(1e12);
  const state = {
    id: "1" as string | undefined,
    text: "version: STSv1\nmode: enforce\nmx: mx.a.test\nmax_age: 3600" as string | Error,
    fetched: [] as string[],
  };
  const policies = new StsPolicies({
    clock,
    dns: {
      query: (name, type) =>
        memoryDns({
          "_mta-sts.a.test": state.id === undefined
            ? "failed"
            : [{ type: "TXT", text: `v=STSv1; id=${state.id};` }],
        }).query(name, type),
    },
    fetchText: (url) => {
      state.fetched.push(url);
      return state.text instanceof Error ? Promise.reject(state.text) : Promise.resolve(state.text);
    },
  });
  const find = async () => {
    const { policy, note } = await policies.find("a.test");
    return [policy?.mx.join(" ") ?? "none", note].filter((part) => part !== undefined).join("; ");
  };
  return { clock, state, find, policies };
}

Deno.test("StsPolicies fetches a policy once for its id, also when many ask at once (RFC 8461 §3.3)", async () => {
  const { state, find } = world();
  assertEquals(await Promise.all([find(), find(), find()]), ["mx.a.test", "mx.a.test", "mx.a.test"]);
  assertEquals(await find(), "mx.a.test");
  assertEquals(state.fetched, ["https://mta-sts.a.test/.well-known/mta-sts.txt"]);
});

Deno.test("StsPolicies keeps to what it has while DNS or web server fail, and until it is too old (RFC 8461 §5.1)", async () => {
  const { clock, state, find } = world();
  await find();
  state.id = undefined;
  assertEquals(await find(), "mx.a.test");
  state.id = "2";
  state.text = new Error("connection refused");
  const note = "cannot have the MTA-STS policy of a.test: connection refused";
  assertEquals(await find(), `mx.a.test; ${note}`);
  assertEquals(await find(), `mx.a.test; ${note}`);
  assertEquals(state.fetched.length, 2);
  clock.advance(3_600_000);
  assertEquals(await find(), `none; ${note}`);
  assertEquals(state.fetched.length, 3);
  state.text = "version: STSv1\nmode: enforce\nmx: mx2.a.test\nmax_age: 3600";
  clock.advance(300_000);
  assertEquals(await find(), "mx2.a.test");
});

Deno.test("StsPolicies takes a broken policy for none (RFC 8461 §3.2)", async () => {
  const { state, find, policies } = world();
  state.text = "<html>";
  assertEquals(await find(), 'none; cannot have the MTA-STS policy of a.test: malformed line "<html>"');
  assertEquals(await policies.find("b.test"), { policy: undefined });
});
