import { assertEquals } from "@std/assert";

import { ManualClock } from "../../tools/kit/base/clock.ts";
import { createLog, silentLog } from "../../tools/kit/base/log.ts";

import { SimDisk } from "../../store/file/sim_disk.ts";
import type { DeliveryOutcome } from "../../store/spool/spool.ts";

import type { VerifyAnswer } from "../policy/question.ts";

import { defaultVerifySettings, Verifier, type VerifySettings } from "./verify.ts";
import { VerifyCache } from "./verify_cache.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

const good: DeliveryOutcome = { kind: "delivered", status: "2.1.5", text: "250 2.1.5 Ok" };
const bad: DeliveryOutcome = { kind: "failed", status: "5.1.1", text: "550 5.1.1 User unknown" };
const later: DeliveryOutcome = { kind: "deferred", status: "4.4.1", text: "Connection refused" };

interface Sent {
  readonly address: string;
  readonly end: (outcome: DeliveryOutcome) => void;
  readonly fail: (reason: Error) => void;
}

async function world(settings: Partial<VerifySettings> = {}) {
  const clock = new ManualClock();
  const sent: Sent[] = [];
  const lines: string[] = [];
  const verifier = new Verifier({
    settings: { ...defaultVerifySettings, ...settings },
    cache: await VerifyCache.open({ disk: new SimDisk(), path: "", log: silentLog }),
    probe: (address) => new Promise((end, fail) => sent.push({ address, end, fail })),
    clock,
    log: createLog(({ level, text }) => lines.push(`${level}: ${text}`), { now: () => 0, part: "verify" }),
  });
  const say = ({ status, text }: VerifyAnswer) => `${status}: ${text}`;
  /** Asks, and ends the first probe that was not ended. */
  const ask = async (address: string, outcome?: DeliveryOutcome) => {
    const asking = verifier.verify(address);
    if (outcome !== undefined) sent.shift()!.end(outcome);
    else clock.advance(0);
    return say(await asking);
  };
  return { clock, sent, lines, verifier, ask, say };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

const inProgress = "pending: Address verification in progress";

Deno.test("Verifier probes an address once, waits for the outcome, and remembers it (ADDRESS_VERIFICATION_README)", async () => {
  const { sent, ask } = await world();
  assertEquals(await ask("a@x.test", good), "deliverable: 250 2.1.5 Ok");
  assertEquals(await ask("b@x.test", bad), "undeliverable: 550 5.1.1 User unknown");
  assertEquals(await ask("c@x.test", later), "deferred: Connection refused");
  assertEquals(await ask("a@X.Test"), "deliverable: 250 2.1.5 Ok");
  assertEquals(await ask("b@x.test"), "undeliverable: 550 5.1.1 User unknown");
  assertEquals(await ask("c@x.test"), "deferred: Connection refused");
  assertEquals(sent.length, 0);
});

Deno.test("Verifier says that it is not done yet when the outcome takes longer (address_verify_poll_count)", async () => {
  const { sent, clock, verifier, say, ask } = await world();
  const both = [verifier.verify("a@x.test"), verifier.verify("a@x.test")];
  await settle();
  assertEquals(sent.map(({ address }) => address), ["a@x.test"]);
  clock.advance(5999);
  await settle();
  clock.advance(1);
  assertEquals((await Promise.all(both)).map(say), [inProgress, inProgress]);
  sent.shift()!.end(good);
  await settle();
  assertEquals(await ask("a@x.test"), "deliverable: 250 2.1.5 Ok");
  assertEquals(clock.nextDue(), undefined);
});

Deno.test("Verifier waits for nobody where it asks once (address_verify_poll_count = 1 under stress)", async () => {
  const { sent, ask } = await world({ pollCount: 1 });
  assertEquals(await ask("a@x.test"), inProgress);
  sent.shift()!.end(good);
  await settle();
  assertEquals(await ask("a@x.test"), "deliverable: 250 2.1.5 Ok");
});

Deno.test("Verifier looks again after a while, and answers with what it knows meanwhile (address_verify_positive_refresh_time)", async () => {
  const { sent, clock, ask } = await world();
  await ask("a@x.test", good);
  await ask("b@x.test", bad);
  clock.advance(3 * hourMs);
  await ask("a@x.test");
  await ask("b@x.test");
  assertEquals(sent.length, 0);
  clock.advance(1);
  assertEquals(await ask("b@x.test"), "undeliverable: 550 5.1.1 User unknown");
  assertEquals(sent.map(({ address }) => address), ["b@x.test"]);
  sent.shift()!.end(good);
  await settle();
  assertEquals(await ask("b@x.test"), "deliverable: 250 2.1.5 Ok");
  clock.advance(7 * dayMs);
  assertEquals(await ask("a@x.test"), "deliverable: 250 2.1.5 Ok");
  assertEquals(sent.map(({ address }) => address), ["a@x.test"]);
});

Deno.test("Verifier keeps what was deliverable when a later probe finds otherwise, until it expires (ADDRESS_VERIFICATION_README)", async () => {
  const { sent, clock, ask } = await world();
  await ask("a@x.test", good);
  clock.advance(8 * dayMs);
  await ask("a@x.test");
  sent.shift()!.end(bad);
  await settle();
  clock.advance(1_000_000);
  assertEquals(await ask("a@x.test"), "deliverable: 250 2.1.5 Ok");
  assertEquals(sent.length, 0);
  clock.advance(1);
  assertEquals(await ask("a@x.test"), "deliverable: 250 2.1.5 Ok");
  sent.shift()!.end(later);
  await settle();
  clock.advance(24 * dayMs);
  assertEquals(await ask("a@x.test", bad), "undeliverable: 550 5.1.1 User unknown");
});

Deno.test("Verifier forgets what is too old (address_verify_negative_expire_time)", async () => {
  const { clock, ask } = await world({ pollCount: 1 });
  const first = ask("a@x.test", bad);
  await first;
  await settle();
  assertEquals(await ask("a@x.test"), "undeliverable: 550 5.1.1 User unknown");
  clock.advance(3 * dayMs + 1);
  assertEquals(await ask("a@x.test"), inProgress);
});

Deno.test("Verifier does not remember bad news where it must not (address_verify_negative_cache = no)", async () => {
  const { ask } = await world({ negativeCache: false });
  assertEquals(await ask("a@x.test", bad), "undeliverable: 550 5.1.1 User unknown");
  assertEquals(await ask("a@x.test", good), "deliverable: 250 2.1.5 Ok");
  assertEquals(await ask("a@x.test"), "deliverable: 250 2.1.5 Ok");
});

Deno.test("Verifier has no more probes under way than it may (address_verify_pending_request_limit)", async () => {
  const { sent, verifier, clock, ask } = await world({ pendingRequestLimit: 1 });
  const first = verifier.verify("a@x.test");
  assertEquals(await ask("b@x.test"), "unavailable: Too many address verification requests are pending");
  sent.shift()!.end(good);
  await first;
  await settle();
  assertEquals(await ask("b@x.test", good), "deliverable: 250 2.1.5 Ok");
  assertEquals(clock.nextDue(), undefined);
});

Deno.test("Verifier sends another probe when one has been under way for too long", async () => {
  const { sent, clock, ask } = await world({ pollCount: 1 });
  await ask("a@x.test");
  clock.advance(1_000_000);
  await ask("a@x.test");
  assertEquals(sent.length, 1);
  clock.advance(1);
  await ask("a@x.test");
  assertEquals(sent.length, 2);
  sent[0]!.end(later);
  await settle();
  sent[1]!.end(good);
  await settle();
  assertEquals(await ask("a@x.test"), "deliverable: 250 2.1.5 Ok");
});

Deno.test("Verifier takes a probe that could not be sent for a deferral", async () => {
  const { sent, lines, verifier, say } = await world();
  const asking = verifier.verify("a@x.test");
  sent.shift()!.fail(new Error("no spool"));
  assertEquals(say(await asking), "deferred: address verification failed");
  assertEquals(lines, ["warning: address verification of <a@x.test> failed: no spool"]);
});
