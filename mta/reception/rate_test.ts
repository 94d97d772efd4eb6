import { assertEquals } from "@std/assert";

import { ManualClock } from "../../tools/kit/base/clock.ts";
import { utf8Text } from "../../tools/kit/base/bytes.ts";

import { formatReply } from "../smtp/reply.ts";

import { clientNetwork, ClientRates, defaultRateLimits, type RateLimits, type RateRefusal } from "./rate.ts";

const client = { service: "smtp", address: "192.0.2.1", name: "c.test" };

function world(limits: Partial<RateLimits>, maxClients?: number) {
  const clock = new ManualClock();
  const options = { clock, limits: { ...defaultRateLimits, ...limits }, hostname: "mx.test" };
  const rates = new ClientRates(maxClients === undefined ? options : { ...options, maxClients });
  return { clock, rates };
}

function text(refusal: RateRefusal | undefined): string | undefined {
  if (refusal === undefined) return undefined;
  const end = refusal.closes ? " (closes)" : "";
  return `${utf8Text(formatReply(refusal.reply)).trimEnd()}${end}; ${refusal.warning}`;
}

Deno.test("ClientRates limits connections at one time (postconf(5) smtpd_client_connection_count_limit)", () => {
  const { rates } = world({ connectionCount: 2 });
  assertEquals([rates.connect(client), rates.connect(client)], [undefined, undefined]);
  assertEquals(
    text(rates.connect(client)),
    "421 4.7.0 mx.test Error: too many connections from 192.0.2.1 (closes); " +
      "Connection concurrency limit exceeded: 3 from c.test[192.0.2.1] for service smtp",
  );
  assertEquals(rates.connect({ ...client, service: "submission" }), undefined);
  assertEquals(rates.connect({ ...client, address: "192.0.2.2" }), undefined);
  rates.disconnect(rates.keyOf(client));
  rates.disconnect(rates.keyOf(client));
  assertEquals(rates.connect(client), undefined);
});

Deno.test("ClientRates limits what is done in a time unit, in smtpd's words (postconf(5) anvil_rate_time_unit)", () => {
  const { clock, rates } = world({
    connectionRate: 1,
    messageRate: 1,
    recipientRate: 1,
    newTlsSessionRate: 1,
    authRate: 1,
  });
  const from = "from c.test[192.0.2.1] for service smtp";
  const rows = [
    [
      "message",
      `450 4.7.1 Error: too much mail from 192.0.2.1; Message delivery request rate limit exceeded: 2 ${from}`,
    ],
    [
      "recipient",
      `450 4.7.1 Error: too many recipients from 192.0.2.1; Recipient address rate limit exceeded: 2 ${from}`,
    ],
    [
      "auth",
      `450 4.7.1 Error: too many AUTH commands from 192.0.2.1; AUTH command rate limit exceeded: 2 ${from}`,
    ],
    [
      "starttls",
      `454 4.7.0 Error: too many new TLS sessions from c.test[192.0.2.1]; New TLS session rate limit exceeded: 2 ${from}`,
    ],
  ] as const;
  for (let round = 0; round < 2; round++) {
    assertEquals(rates.connect(client), undefined);
    assertEquals(
      text(rates.connect(client)),
      "421 4.7.0 mx.test Error: too many connections from 192.0.2.1 (closes); " +
        `Connection rate limit exceeded: 2 ${from}`,
    );
    for (const [event, says] of rows) {
      assertEquals(rates.note(client, event), undefined);
      assertEquals(text(rates.note(client, event)), says);
    }
    assertEquals(
      text(rates.note(client, "tlsConnect")),
      "421 4.7.0 mx.test Error: too many new TLS sessions from c.test[192.0.2.1] (closes); " +
        `New TLS session rate limit exceeded: 3 ${from}`,
    );
    clock.advance(60_000);
    assertEquals(rates.note(client, "message")?.reply.code, 450);
    clock.advance(1);
  }
});

Deno.test("ClientRates keeps the count of open connections over the end of a time unit", () => {
  const { clock, rates } = world({ connectionCount: 1 });
  rates.connect(client);
  clock.advance(600_000);
  assertEquals(rates.connect(client)?.closes, true);
});

Deno.test("ClientRates stays bounded while a few clients stay connected", () => {
  const { rates } = world({}, 100);
  for (let one = 0; one < 10; one++) rates.connect({ ...client, address: `192.0.2.${one}` });
  for (let one = 0; one < 5000; one++) {
    const passing = { ...client, address: `198.51.${one >> 8}.${one & 255}` };
    rates.connect(passing);
    rates.disconnect(rates.keyOf(passing));
  }
  assertEquals(rates.size <= 100, true, `${rates.size} clients`);
  // Those who are connected are still counted.
  for (let one = 0; one < 10; one++) rates.disconnect(rates.keyOf({ ...client, address: `192.0.2.${one}` }));
});

Deno.test("ClientRates has no limits where they are 0, which all but one are (postconf(5))", () => {
  const { rates } = world({ connectionCount: 0 });
  for (let count = 0; count < 1000; count++) {
    assertEquals(rates.connect(client), undefined);
    for (const event of ["message", "recipient", "auth", "starttls", "tlsConnect"] as const) {
      assertEquals(rates.note(client, event), undefined);
    }
  }
});

Deno.test("ClientRates counts a network as one client (postconf(5) smtpd_client_ipv6_prefix_length)", () => {
  const lengths = { ipv4PrefixLength: 24, ipv6PrefixLength: 84 };
  const rows: readonly (readonly [string, string])[] = [
    ["192.0.2.99", "192.0.2.0"],
    ["::ffff:192.0.2.99", "192.0.2.0"],
    ["2001:db8:1:2:3:f234:5:6", "2001:db8:1:2:3:f000::"],
    ["unknown", "unknown"],
  ];
  for (const [address, network] of rows) assertEquals(clientNetwork(address, lengths), network);
  const { rates } = world({ messageRate: 1 });
  assertEquals(rates.note({ ...client, address: "2001:db8::1" }, "message"), undefined);
  assertEquals(rates.note({ ...client, address: "2001:db8::2" }, "message")?.reply.code, 450);
});

Deno.test("ClientRates forgets who is over, and when there are too many also others, but no open connection", () => {
  const { clock, rates } = world({}, 10);
  const at = (number: number) => ({ ...client, address: `192.0.2.${number}` });
  for (let number = 0; number < 4; number++) rates.connect(at(number));
  for (let number = 50; number < 150; number++) rates.note(at(number), "message");
  assertEquals(rates.size <= 104, true);
  for (let number = 0; number < 4; number++) rates.disconnect(rates.keyOf(at(number)));
  clock.advance(60_001);
  for (let number = 150; number < 250; number++) rates.note(at(150 + number % 2), "message");
  assertEquals(rates.size, 2);
});
