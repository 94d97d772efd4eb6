import { assert } from "@std/assert";

import { SeededRandom } from "../../tools/kit/base/random.ts";

import type { PolicyFacts, Stage } from "./facts.ts";
import { decide } from "./decide.ts";
import type { PolicyQuestion } from "./question.ts";
import { type ListName, listNames } from "./restriction_call.ts";
import { parseRestrictions } from "./restriction_list.ts";
import { argumentKindOf, removedRestrictions, restrictionNames } from "./restriction_names.ts";
import type { RestrictionLists } from "./settings.ts";
import { listsOf, strangerFacts, testSettings } from "./testing_policy.ts";
import type { Decision } from "./verdict.ts";

const seed = 20_251_125;
const runs = 1500;
/** Questions in one decision, however its classes and tables name each other. */
const maxQuestions = 60_000;

const stages: readonly Stage[] = [
  "CONNECT",
  "HELO",
  "MAIL",
  "RCPT",
  "DATA",
  "END-OF-MESSAGE",
  "ETRN",
  "VRFY",
];
const classes = ["friends", "loop", "tree"];
const names = [
  ...restrictionNames,
  ...removedRestrictions.keys(),
  ...classes,
  "nosuch",
  "hash:/bare",
  "cidr:/bare",
];
const tables = ["hash:/a", "regexp:/b", "static:x", "inline:{a=OK}", "cidr:/c"];
const domains = ["bl.test", "bl.test=127.0.0.[1..9]", "bl.test=1", "=", "."];
const values = [
  ...["OK", "REJECT", "REJECT 5.1.1 no", "DUNNO", "554", "421 bye", "DEFER_IF_PERMIT", "DEFER_IF_REJECT x"],
  ...[
    "HOLD",
    "DISCARD",
    "FILTER a:b",
    "REDIRECT a@b",
    "BCC a",
    "PREPEND A: b",
    "PREPEND",
    "HANGUP",
    "INFO",
    "",
  ],
  ...[
    "tree",
    "loop, tree",
    "permit_mynetworks, reject",
    "nosuch",
    "hash:/a",
    "warn_if_reject reject",
    "\u0000\n",
    "💥",
  ],
];
const texts = [
  ...[
    "a@b.test",
    "u1@ref.test",
    "",
    "@",
    "a",
    "a@",
    "a%b@ref.test",
    '"a b"@ref.test',
    "a@[192.0.2.1]",
    "a!b!c",
  ],
  ...[
    "x@[",
    "@a:b@c",
    "..@..",
    "-x@ref.test",
    "ü@ü.test",
    "a@b.test.",
    "postmaster",
    "*",
    "[192.0.2.1]",
    "1.2.3.4",
  ],
];

Deno.test(`no facts and no rules make decide() throw or run on (seed ${seed})`, () => {
  const random = new SeededRandom(seed);
  const below = (limit: number) => {
    const [high = 0, low = 0] = random.bytes(2);
    return (high * 256 + low) % limit;
  };
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const call = () => {
    const name = pick(names);
    const kind = argumentKindOf(name);
    if (kind === undefined || kind === "none" || below(20) === 0) return name;
    const argument = { table: pick(tables), domain: pick(domains), server: "unix:p", seconds: "1" }[kind];
    return `${name} ${argument}`;
  };
  const list = (most: number) => Array.from({ length: below(most + 1) }, call).join(", ");
  for (let run = 0; run < runs; run++) {
    const lists = listsOf(
      Object.fromEntries(listNames.map((name) => [name, list(6)])) as Partial<Record<ListName, string>>,
    );
    const settings = {
      ...testSettings,
      ...randomSettings(lists, { list, flag: () => below(2) === 0, code: () => below(700) }),
    };
    const facts = randomFacts(pick, below);
    const stage = pick(stages);
    const decision = runToEnd(decide(stage, facts, settings), (question) => answer(question, pick));
    const last = decision.verdict;
    if ("refusal" in last) {
      const { code, status, text } = last.refusal;
      assert(code >= 400 && code <= 599 && status.startsWith(`${Math.floor(code / 100)}.`), `run ${run}`);
      // deno-lint-ignore no-control-regex
      assert(!/[\u0000-\u001f]/.test(text), `run ${run}: ${text}`);
    }
  }
});

function randomSettings(
  lists: RestrictionLists,
  { list, flag, code }: {
    readonly list: (most: number) => string;
    readonly flag: () => boolean;
    readonly code: () => number;
  },
) {
  const parsed = (text: string) => parseRestrictions(text, { list: undefined, classes }).calls;
  return {
    lists,
    classes: new Map([
      ["friends", parsed(list(3))],
      ["loop", parsed("loop, loop")],
      ["tree", parsed("check_client_access static:x, tree, warn_if_reject tree, friends")],
    ]),
    delayReject: flag(),
    relayBeforeRecipient: flag(),
    rejectUnlistedRecipient: flag(),
    rejectUnlistedSender: flag(),
    softBounce: flag(),
    dottedAccessKeys: flag(),
    codes: { ...testSettings.codes, reject: code(), relayDomains: code(), accessMapReject: code() },
    senderLoginMaps: flag() ? ["hash:/a"] : [],
    defaultRblReply: flag() ? testSettings.defaultRblReply : "${rbl_code",
  };
}

function randomFacts(pick: <T>(list: readonly T[]) => T, below: (limit: number) => number): PolicyFacts {
  const maybe = () => below(5) === 0 ? undefined : pick(texts);
  const name = pick(["unknown", "c.test", "1.2.3.4", ""]);
  return {
    ...strangerFacts,
    client: {
      ...strangerFacts.client,
      name,
      reverseName: pick(["unknown", "c.test", "a.1"]),
      nameStatus: pick(["ok", "permanent", "temporary"]),
      address: pick(["192.0.2.1", "2001:db8::1", "127.0.0.1", "junk"]),
    },
    helo: maybe(),
    sender: maybe(),
    recipient: maybe(),
    etrnDomain: maybe(),
    login: below(3) === 0 ? { user: pick(texts), mechanism: "PLAIN" } : undefined,
    recipientCount: below(3),
    pipelined: below(2) === 0,
    pending: below(6) === 0 ? { code: 450, status: "4.7.0", text: "later" } : undefined,
  };
}

function answer(question: PolicyQuestion, pick: <T>(list: readonly T[]) => T): unknown {
  const failure = { failure: "broken" };
  switch (question.kind) {
    case "table":
      return pick([undefined, undefined, failure, ...values.map((value) => ({ value }))]);
    case "user":
      return pick([true, false, failure]);
    case "dns":
      return pick([
        { kind: "notFound", text: "" },
        { kind: "noData", text: "" },
        { kind: "failed", text: "timeout" },
        found({ type: "MX", preference: 0, exchange: "." }),
        found({ type: "MX", preference: 10, exchange: pick(texts) }),
        found({ type: "A", address: pick(["127.0.0.2", "junk"]) }),
        found({ type: "NS", name: "ns.test" }),
        found({ type: "TXT", text: "a\nb" }),
      ]);
    case "service":
      return pick([failure, ...values]);
    case "verify":
      return {
        status: pick(["deliverable", "undeliverable", "deferred", "pending", "unavailable"]),
        text: pick(texts),
      };
    case "sleep":
      return null;
  }
}

function found(record: object) {
  return { kind: "found", records: [record], ttlSeconds: 1, authenticated: false };
}

function runToEnd(
  steps: Generator<PolicyQuestion, Decision, unknown>,
  respond: (question: PolicyQuestion) => unknown,
): Decision {
  let step = steps.next();
  for (let count = 0; step.done !== true; count++) {
    assert(count < maxQuestions, "it runs on");
    step = steps.next(respond(step.value));
  }
  return step.value;
}
