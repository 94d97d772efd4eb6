import { assertEquals } from "@std/assert";

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { TempFailure } from "../../tools/kit/base/failure.ts";
import { silentLog } from "../../tools/kit/base/log.ts";

import type { QueueEnvelope } from "../../store/spool/spool.ts";

import type { OutgoingJob } from "../outgoing/api.ts";
import type { Outgoing } from "../outgoing/outgoing_worker.ts";
import { host, settings } from "../outgoing/testing_bench.ts";
import type { NextHop, NextHopRequest } from "./next_hop.ts";
import { SmtpTransport } from "./smtp_transport.ts";

interface Tried {
  readonly jobs: readonly Omit<OutgoingJob, "job">[];
  readonly asked: readonly NextHopRequest[];
  readonly reports: readonly string[];
}

/** Delivers one message to its recipients; the worker says that all is well, unless it is another. */
async function tryOut(
  envelope: Partial<QueueEnvelope>,
  options: {
    readonly hop?: NextHop;
    readonly outgoing?: Outgoing;
    readonly nexthop?: string;
    readonly protocol?: "smtp" | "lmtp";
    readonly text?: string;
  } = {},
): Promise<Tried> {
  const jobs: Omit<OutgoingJob, "job">[] = [];
  const asked: NextHopRequest[] = [];
  const reports: string[] = [];
  const whole: QueueEnvelope = {
    sender: "a@a.test",
    recipients: [{ address: "b@b.test", original: "b@b.test" }],
    arrivedMs: 0,
    attributes: {},
    smtpUtf8: false,
    body: "7BIT",
    ...envelope,
  };
  const transport = new SmtpTransport({
    name: "smtp",
    protocol: options.protocol ?? "smtp",
    settings: () => settings,
    hops: {
      find: (request) => {
        asked.push(request);
        return Promise.resolve(options.hop ?? { kind: "hosts", hosts: [host(25)], notes: [] });
      },
    },
    outgoing: options.outgoing ?? {
      deliver: (job) => {
        jobs.push(job);
        return Promise.resolve(job.message.recipients.map(() => ({
          outcome: { kind: "delivered", status: "2.0.0", text: "250 Ok" },
          relay: "mx.test[192.0.2.1]:25",
          connectionUses: 1,
          connectMs: 1,
          transmitMs: 2,
        })));
      },
    },
    hostname: "me.test",
    log: silentLog,
  });
  const content = utf8Bytes(options.text ?? "Subject: x\n\nbody\n");
  await transport.deliver({
    message: {
      id: "ID",
      queue: "active",
      envelope: whole,
      octets: content.length,
      outcomes: [],
      nextAttemptMs: 0,
      attempts: 1,
    },
    nexthop: options.nexthop ?? "b.test",
    recipients: whole.recipients.map((_, index) => index),
    content: async function* () {
      yield await Promise.resolve(content);
    },
  }, (index, { outcome, steps }) => {
    reports.push(`${index} ${outcome.kind} ${outcome.status} ${outcome.text} ${steps[0]!.relay}`);
  });
  return { jobs, asked, reports };
}

Deno.test("a job carries what the envelope says, and a small message whole (RFC 3461 §4, RFC 1870 §3)", async () => {
  const { jobs, reports } = await tryOut({
    recipients: [
      { address: "b@b.test", original: "list@a.test", notify: ["NEVER"] },
      { address: "c@b.test", original: "c@b.test", dsnOriginal: "rfc822;c@old.test" },
    ],
    ret: "HDRS",
    envelopeId: "E1",
    body: "8BITMIME",
  });
  const { message, content, hosts } = jobs[0]!;
  assertEquals(message.recipients, [
    { address: "b@b.test", notify: ["NEVER"], originalRecipient: "rfc822;list@a.test" },
    { address: "c@b.test", notify: undefined, originalRecipient: "rfc822;c@old.test" },
  ]);
  assertEquals([message.ret, message.envelopeId, message.body, message.octets], [
    "HDRS",
    "E1",
    "8BITMIME",
    20,
  ]);
  assertEquals(content?.length, 17);
  assertEquals(hosts.length, 1);
  assertEquals(reports, [0, 1].map((index) => `${index} delivered 2.0.0 250 Ok mx.test[192.0.2.1]:25`));
});

Deno.test("where no host is found, or the worker dies, all recipients hear of it (RFC 5321 §5.1)", async () => {
  const failed = await tryOut({}, {
    hop: { kind: "failed", status: "5.4.4", text: "Host or domain name not found", notes: [] },
  });
  assertEquals(failed.reports, ["0 failed 5.4.4 Host or domain name not found none"]);
  const died = await tryOut({}, {
    outgoing: { deliver: () => Promise.reject(new TempFailure("4.3.0", "smtp-out has died")) },
  });
  assertEquals(died.reports, ["0 deferred 4.3.0 delivery failed: 4.3.0 smtp-out has died none"]);
});

Deno.test("SMTPUTF8 is needed where it is asked for and put to use (RFC 6531 §3.1)", async () => {
  const rows: readonly [envelope: Partial<QueueEnvelope>, text: string, needsUtf8: boolean][] = [
    [{ smtpUtf8: true }, "Subject: x\n\nblå\n", false],
    [{ smtpUtf8: true }, "Subject: blå\n\nx\n", true],
    [{ smtpUtf8: false }, "Subject: blå\n\nx\n", false],
    [{ smtpUtf8: true, sender: "blå@a.test" }, "Subject: x\n\nx\n", true],
  ];
  for (const [envelope, text, needsUtf8] of rows) {
    const { jobs } = await tryOut(envelope, { text });
    assertEquals(jobs[0]!.message.needsUtf8, needsUtf8, text);
  }
});

Deno.test("hosts and socket files for LMTP (lmtp(8))", async () => {
  const socket = await tryOut({}, { protocol: "lmtp", nexthop: "unix:private/lmtp" });
  assertEquals(socket.asked, []);
  assertEquals(socket.jobs[0]!.hosts[0]!.address, "private/lmtp");
  const inet = await tryOut({}, { protocol: "lmtp", nexthop: "inet:mx.test:24" });
  assertEquals(inet.asked[0]!.nexthop, "mx.test:24");
});
