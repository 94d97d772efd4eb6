import { assertEquals } from "@std/assert";

import { utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";

import {
  formatPolicyRequest,
  parsePolicyServer,
  type PolicyServer,
  readPolicyAnswer,
} from "./policy_protocol.ts";

const plain: Omit<PolicyServer, "name" | "address"> = {
  timeoutMs: undefined,
  tryLimit: undefined,
  retryDelayMs: undefined,
  defaultAction: undefined,
  policyContext: undefined,
};

Deno.test("parsePolicyServer() reads what stands behind check_policy_service (SMTPD_POLICY_README)", () => {
  const tcp = (host: string, port: number) => ({ transport: "tcp", host, port }) as const;
  const rows: readonly (readonly [string, Partial<PolicyServer>])[] = [
    ["inet:127.0.0.1:9998", { address: tcp("127.0.0.1", 9998) }],
    ["inet:[::1]:9998", { address: tcp("::1", 9998) }],
    ["inet:policy.test:9998", { address: tcp("policy.test", 9998) }],
    ["inet:9998", { address: tcp("127.0.0.1", 9998) }],
    ["127.0.0.1:9998", { address: tcp("127.0.0.1", 9998) }],
    ["unix:private/policy", { address: { transport: "unix", path: "private/policy" } }],
    ["local:/run/policy", { address: { transport: "unix", path: "/run/policy" } }],
  ];
  for (const [text, server] of rows) {
    assertEquals(parsePolicyServer(text), {
      kind: "ok",
      server: { ...plain, name: text, ...server } as PolicyServer,
    });
  }
  const text =
    "{ inet:127.0.0.1:9998, timeout=10s, try_limit = 1 ,{ default_action = 451 4.3.5 Try later },\n" +
    " policy_context=submission retry_delay=2m }";
  // A bare `=` stands between no blanks.
  assertEquals(parsePolicyServer(text).kind, "malformed");
  assertEquals(parsePolicyServer(text.replace("try_limit = 1", "try_limit=1")), {
    kind: "ok",
    server: {
      name: "inet:127.0.0.1:9998",
      address: tcp("127.0.0.1", 9998),
      timeoutMs: 10_000,
      tryLimit: 1,
      retryDelayMs: 120_000,
      defaultAction: "451 4.3.5 Try later",
      policyContext: "submission",
    },
  });
});

Deno.test("parsePolicyServer() says what is wrong", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["", 'bad policy server "": need inet:host:port or unix:path'],
    ["inet:policy.test", 'bad policy server "inet:policy.test": need inet:host:port or unix:path'],
    ["inet:a:99999", 'bad policy server "inet:a:99999": need inet:host:port or unix:path'],
    ["unix:", 'bad policy server "unix:": need inet:host:port or unix:path'],
    ["{ inet:a:1, }x", 'bad policy server "{ inet:a:1, }x": need inet:host:port or unix:path'],
    ["{ inet:a:1, colour=red }", 'bad policy server attribute "colour=red" of inet:a:1'],
    ["{ inet:a:1, timeout }", 'bad policy server attribute "timeout" of inet:a:1'],
    ["{ inet:a:1, timeout=soon }", "bad value of timeout of the policy server inet:a:1"],
    ["{ inet:a:1, try_limit=0 }", "bad value of try_limit of the policy server inet:a:1"],
  ];
  for (const [text, reason] of rows) assertEquals(parsePolicyServer(text), { kind: "malformed", reason });
});

Deno.test("formatPolicyRequest() writes attributes that no value can forge (SMTPD_POLICY_README)", () => {
  const attributes = [["protocol_state", "RCPT"], ["sender", "a\naction=OK\r\n\0b"], ["helo_name", "å"], [
    "policy_context",
    "",
  ]] as const;
  const head = "request=smtpd_access_policy\nprotocol_state=RCPT\nsender=a?action=OK???b\nhelo_name=å\n";
  assertEquals(utf8Text(formatPolicyRequest(attributes, undefined)), `${head}policy_context=\n\n`);
  assertEquals(utf8Text(formatPolicyRequest(attributes, "mx")), `${head}policy_context=mx\n\n`);
});

Deno.test("readPolicyAnswer() reads one answer, whole and octet by octet", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["action=DUNNO\n\n", "DUNNO"],
    [
      "action=defer_if_permit Service temporarily unavailable\n\n",
      "defer_if_permit Service temporarily unavailable",
    ],
    ["action=PREPEND X-A: b=c\n\n", "PREPEND X-A: b=c"],
    ["other=1\naction=OK\naction=REJECT\n\n", "OK"],
    ["action=OK\r\n\r\n", "OK"],
    ["action=\n\n", ""],
  ];
  for (const [text, action] of rows) {
    const bytes = utf8Bytes(text);
    assertEquals(readPolicyAnswer(bytes), { kind: "action", action, octets: bytes.length });
    for (let cut = 0; cut < bytes.length; cut++) {
      assertEquals(readPolicyAnswer(bytes.subarray(0, cut)), { kind: "more" }, `${text} at ${cut}`);
    }
    const more = utf8Bytes(`${text}action=X\n`);
    assertEquals(readPolicyAnswer(more), { kind: "action", action, octets: bytes.length });
  }
});

Deno.test("readPolicyAnswer() takes nothing else for an answer", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["\n", "the answer has no action"],
    ["status=1\n\n", "the answer has no action"],
    ["DUNNO\n", 'a line that is no attribute: "DUNNO"'],
    ["=OK\n", 'a line that is no attribute: "=OK"'],
    ["x".repeat(65_537), "the answer is too long"],
  ];
  for (const [text, reason] of rows) {
    assertEquals(readPolicyAnswer(utf8Bytes(text)), { kind: "malformed", reason });
  }
});
