import { assertEquals } from "@std/assert";

import { utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";
import { ManualClock } from "../../tools/kit/base/clock.ts";
import { createLog } from "../../tools/kit/base/log.ts";

import type { TableAddress, TableStream } from "../../store/table/remote_client.ts";

import {
  defaultPolicyClientSettings,
  PolicyClient,
  type PolicyClientOptions,
  type PolicyClientSettings,
} from "./policy_client.ts";

/** A policy server in memory: `answer` gives what comes for a request; `undefined` is the end of the connection. */
class FakeServer {
  readonly asked: { readonly connection: number; readonly text: string }[] = [];
  readonly addresses: TableAddress[] = [];
  closed = 0;
  refuses = false;
  answer: (text: string) => string | undefined | Promise<string | undefined> = () => "action=DUNNO\n\n";

  readonly connect = (address: TableAddress): Promise<TableStream> => {
    this.addresses.push(address);
    if (this.refuses) return Promise.reject(new Error("Connection refused (os error 111)"));
    const connection = this.addresses.length;
    let isOpen = true;
    let end = () => {};
    const ended = new Promise<undefined>((resolve) => end = () => resolve(undefined));
    let text = "";
    return Promise.resolve({
      write: (bytes) => {
        text = utf8Text(bytes);
        this.asked.push({ connection, text });
        return Promise.resolve();
      },
      read: async () => {
        const answer = await Promise.race([this.answer(text), ended]);
        if (!isOpen) throw new Error("Bad resource ID");
        return answer === undefined ? undefined : utf8Bytes(answer);
      },
      close: () => {
        if (isOpen) this.closed++;
        isOpen = false;
        end();
      },
    });
  };
}

function world(settings: Partial<PolicyClientSettings> = {}, options: Partial<PolicyClientOptions> = {}) {
  const server = new FakeServer();
  const clock = new ManualClock();
  const lines: string[] = [];
  const client = new PolicyClient({
    settings: { ...defaultPolicyClientSettings, queueDirectory: "/spool", ...settings },
    connect: server.connect,
    clock,
    log: createLog(({ level, text }) => lines.push(`${level}: ${text}`), { now: () => 0, part: "smtpd" }),
    ...options,
  });
  return { server, clock, lines, client };
}

/** Lets all run that can. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

const spec = "inet:127.0.0.1:9998";

Deno.test("PolicyClient asks one question after another on one connection", async () => {
  const { server, client, clock } = world();
  server.answer = (text) => `action=${/sender=(.*)/.exec(text)?.[1]}\n\n`;
  for (const sender of ["a", "b", "c"]) assertEquals(await client.ask(spec, [["sender", sender]]), sender);
  assertEquals(server.asked.map(({ connection }) => connection), [1, 1, 1]);
  assertEquals(server.asked[0]?.text, "request=smtpd_access_policy\nsender=a\n\n");
  client.close();
  assertEquals([server.closed, clock.nextDue()], [1, undefined]);
});

Deno.test("PolicyClient uses more connections for questions at the same time, and no more than it may", async () => {
  const { server, client } = world({}, { maxConnections: 2 });
  const give: (() => void)[] = [];
  server.answer = () => new Promise((resolve) => give.push(() => resolve("action=OK\n\n")));
  const asking = [1, 2, 3].map(() => client.ask(spec, []));
  await settle();
  assertEquals([server.asked.length, server.addresses.length], [2, 2]);
  give.shift()!();
  await settle();
  assertEquals([server.asked.length, server.addresses.length], [3, 2]);
  for (const one of give) one();
  assertEquals(await Promise.all(asking), ["OK", "OK", "OK"]);
  client.close();
});

Deno.test("PolicyClient finds a relative socket in the queue directory, and hands the context over", async () => {
  const { server, client } = world({ policyContext: "mx" });
  await client.ask("unix:private/policy", [["policy_context", ""]]);
  await client.ask("{ unix:/run/policy, policy_context=submission }", []);
  assertEquals(server.addresses, [
    { transport: "unix", path: "/spool/private/policy" },
    { transport: "unix", path: "/run/policy" },
  ]);
  assertEquals(server.asked.map(({ text }) => /policy_context=.*/.exec(text)?.[0]), [
    "policy_context=mx",
    "policy_context=submission",
  ]);
  client.close();
});

Deno.test("PolicyClient lets a connection go when it was idle, or open, or used for so long (smtpd_policy_service_max_idle)", async () => {
  const { server, client, clock } = world();
  await client.ask(spec, []);
  clock.advance(299_999);
  await client.ask(spec, []);
  assertEquals(server.closed, 0);
  clock.advance(300_000);
  assertEquals([server.closed, clock.nextDue()], [1, undefined]);
  for (let count = 0; count < 5; count++) {
    await client.ask(spec, []);
    clock.advance(250_000);
  }
  assertEquals(server.asked.map(({ connection }) => connection), [1, 1, 2, 2, 2, 2, 3]);
  client.close();
  const limited = world({ requestLimit: 2 });
  for (let count = 0; count < 3; count++) await limited.client.ask(spec, []);
  assertEquals(limited.server.asked.map(({ connection }) => connection), [1, 1, 2]);
  limited.client.close();
});

Deno.test("PolicyClient asks again at once when the server has closed a kept connection meanwhile", async () => {
  const { server, client, lines } = world({ tryLimit: 1 });
  await client.ask(spec, []);
  let ends = 1;
  server.answer = () => ends-- > 0 ? undefined : "action=OK\n\n";
  assertEquals(await client.ask(spec, []), "OK");
  assertEquals([server.addresses.length, lines.length], [2, 0]);
  client.close();
});

Deno.test("PolicyClient tries again after a delay, and gives up in the end (smtpd_policy_service_try_limit)", async () => {
  const { server, client, clock, lines } = world();
  server.refuses = true;
  const asking = client.ask(spec, []);
  await settle();
  assertEquals(server.addresses.length, 1);
  clock.advance(1000);
  const reason = "problem talking to server inet:127.0.0.1:9998: Connection refused";
  assertEquals(await asking, { failure: reason });
  assertEquals([server.addresses.length, lines], [2, []]);
  const own = client.ask(`{ ${spec}, try_limit=1, default_action=DUNNO }`, []);
  assertEquals(await own, "DUNNO");
  assertEquals([server.addresses.length, lines], [3, [`warning: ${reason}`]]);
  const recovering = client.ask(spec, []);
  await settle();
  server.refuses = false;
  clock.advance(1000);
  assertEquals(await recovering, "DUNNO");
  client.close();
});

Deno.test("PolicyClient waits so long and no longer for an answer (smtpd_policy_service_timeout)", async () => {
  const { server, client, clock, lines } = world({ tryLimit: 1 });
  server.answer = () => new Promise(() => {});
  const asking = client.ask(spec, []);
  await settle();
  clock.advance(99_999);
  await settle();
  assertEquals(server.closed, 0);
  clock.advance(1);
  const reason = "problem talking to server inet:127.0.0.1:9998: Connection timed out";
  assertEquals(await asking, { failure: reason });
  assertEquals([server.closed, lines, clock.nextDue()], [1, [], undefined]);
  const brief = client.ask(`{ ${spec} timeout=2s }`, []);
  await settle();
  clock.advance(2000);
  assertEquals(await brief, { failure: reason });
});

Deno.test("PolicyClient takes no answer that breaks the protocol, and keeps no connection that is out of step", async () => {
  const { server, client } = world({ tryLimit: 1 });
  const rows: readonly (readonly [string | undefined, string])[] = [
    ["nonsense\n\n", 'a line that is no attribute: "nonsense"'],
    ["\n", "the answer has no action"],
    [undefined, "Connection closed by the server"],
    ["x".repeat(70_000), "the answer is too long"],
  ];
  for (const [answer, why] of rows) {
    server.answer = () => answer;
    assertEquals(await client.ask(spec, []), {
      failure: `problem talking to server inet:127.0.0.1:9998: ${why}`,
    });
  }
  assertEquals(server.closed, 4);
  server.answer = () => "action=OK\n\naction=REJECT\n\n";
  assertEquals([await client.ask(spec, []), await client.ask(spec, [])], ["OK", "OK"]);
  assertEquals([server.addresses.length, server.closed], [6, 6]);
});

Deno.test("PolicyClient says that the settings name no server", async () => {
  const { client } = world();
  const reason = 'bad policy server "policy": need inet:host:port or unix:path';
  assertEquals(await client.ask("policy", []), { failure: reason });
});

Deno.test("PolicyClient fails the questions that are open when it is closed", async () => {
  const { server, client, clock } = world();
  server.answer = () => new Promise(() => {});
  const asking = client.ask(spec, []);
  await settle();
  client.close();
  assertEquals(await asking, {
    failure: "problem talking to server inet:127.0.0.1:9998: Bad resource ID",
  });
  assertEquals(clock.nextDue(), undefined);
});
