import { assertEquals } from "@std/assert";

import type { SessionFacts } from "./question.ts";
import { formatMailDate, formatReceived, type TraceOptions } from "./trace.ts";

const facts: SessionFacts = {
  role: "smtp",
  service: "smtp",
  peer: { address: "192.0.2.1", port: 40_000, localAddress: "192.0.2.25", localPort: 25 },
  clientName: "client.test",
  helo: "c.test",
  protocol: "ESMTP",
  tls: undefined,
  login: undefined,
};
const options: TraceOptions = {
  id: "4C2F1A0B3D",
  hostname: "mx.ref.test",
  recipients: ["u1@ref.test"],
  timeMs: Date.UTC(2025, 10, 25, 1, 11, 53),
  zone: { minutes: 0, name: "UTC" },
};
const tls = { protocol: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", bits: 256 };
const login = { user: "u1", mechanism: "PLAIN" };

Deno.test("formatReceived() names client, protocol, id, the only recipient and the time (RFC 5321 §4.4)", () => {
  assertEquals(
    formatReceived(facts, options),
    "Received: from c.test (client.test [192.0.2.1])\n\tby mx.ref.test (Postfix) with ESMTP id 4C2F1A0B3D\n" +
      "\tfor <u1@ref.test>; Tue, 25 Nov 2025 01:11:53 +0000 (UTC)\n",
  );
  assertEquals(
    formatReceived({ ...facts, tls, login, helo: undefined }, {
      ...options,
      recipients: ["a", "b"],
      showLogin: true,
    }),
    "Received: from client.test (client.test [192.0.2.1])\n" +
      "\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))\n\t(No client certificate requested)\n" +
      "\t(Authenticated sender: u1)\n\tby mx.ref.test (Postfix) with ESMTPSA id 4C2F1A0B3D;\n" +
      "\tTue, 25 Nov 2025 01:11:53 +0000 (UTC)\n",
  );
});

Deno.test("formatReceived() writes IPv6 as a literal and hides the login unless told (RFC 5321 §4.1.3)", () => {
  const peer = { ...facts.peer, address: "2001:db8::1" };
  const text = formatReceived({ ...facts, peer, login }, options);
  assertEquals(text.split("\n")[0], "Received: from c.test (client.test [IPv6:2001:db8::1])");
  assertEquals(text.includes("Authenticated"), false);
});

Deno.test("formatReceived() names protocols as registered (RFC 3848, RFC 6531 §4.3)", () => {
  const rows: readonly [changes: Partial<SessionFacts>, smtpUtf8: boolean, protocol: string][] = [
    [{ protocol: "SMTP", tls, login }, false, "SMTP"],
    [{ tls }, false, "ESMTPS"],
    [{ login }, false, "ESMTPA"],
    [{ tls, login }, true, "UTF8SMTPSA"],
    [{}, true, "UTF8SMTP"],
    [{ protocol: "LMTP" }, false, "LMTP"],
    [{ protocol: "LMTP", tls }, true, "UTF8LMTPS"],
  ];
  for (const [changes, smtpUtf8, protocol] of rows) {
    const text = formatReceived({ ...facts, ...changes }, { ...options, smtpUtf8 });
    assertEquals(/ with (\S+) id /.exec(text)?.[1], protocol);
  }
});

Deno.test("formatReceived() lets no login name end its comment (RFC 5322 §3.2.2)", () => {
  const text = formatReceived({ ...facts, login: { user: "a)(b\\ü\n", mechanism: "PLAIN" } }, {
    ...options,
    showLogin: true,
  });
  assertEquals(/\(Authenticated sender: (.*)\)\n/.exec(text)?.[1], "a??b???");
});

Deno.test("formatMailDate() writes the zone in force (RFC 5322 §3.3)", () => {
  const time = Date.UTC(2026, 5, 5, 22, 0, 9);
  assertEquals(formatMailDate(time, { minutes: 120, name: "CEST" }), "Sat, 6 Jun 2026 00:00:09 +0200 (CEST)");
  assertEquals(formatMailDate(time, { minutes: -210 }), "Fri, 5 Jun 2026 18:30:09 -0330");
});
