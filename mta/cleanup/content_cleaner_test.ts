import { assertEquals } from "@std/assert";

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { SeededRandom } from "../../tools/kit/base/random.ts";

import { defaultAddressSettings } from "../address/default_settings.ts";
import type { TestWorld } from "../address/testing_address.ts";
import { type ContentOptions, needsCleaning } from "./content_cleaner.ts";
import { type CleanupSettings, defaultCleanupSettings } from "./settings.ts";
import { type Cleaned, cleanText } from "./testing_content.ts";

const addresses = defaultAddressSettings("mx.ref.test", { myorigin: "ref.test" });

function optionsWith(changes: Partial<CleanupSettings>, more: Partial<ContentOptions> = {}) {
  return {
    settings: defaultCleanupSettings(addresses, changes),
    rewrite: "none",
    checks: true,
    ...more,
  } as const;
}

/** Through header_checks and body_checks of that table. */
function checked(
  text: string,
  table: Record<string, string>,
  changes: Partial<CleanupSettings> = {},
): Cleaned {
  const world: TestWorld = { tables: { "hash:/c": table } };
  const options = optionsWith({ headerChecks: ["hash:/c"], bodyChecks: ["hash:/c"], ...changes });
  return cleanText(text, options, { world });
}

Deno.test("actions of header_checks change fields, folds and all (header_checks(5))", () => {
  const rows: readonly (readonly [action: string, field: string, result: string])[] = [
    ["IGNORE", "X-A: 1\n", ""],
    ["STRIP", "X-A: 1\n", ""],
    ["REPLACE X-B: 2", "X-A: 1\n", "X-B: 2\n"],
    ["PREPEND X-B: 2", "X-A: 1\n", "X-B: 2\nX-A: 1\n"],
    ["REPLACE nonsense", "X-A: 1\n", "X-A: 1\n"],
    ["WARN", "X-A: 1\n", "X-A: 1\n"],
    ["DUNNO", "X-A: 1\n", "X-A: 1\n"],
    ["IGNORE", "X-A: 1\n\tand 2\n", ""],
    ["MAYBE", "X-A: 1\n", "X-A: 1\n"],
  ];
  for (const [action, field, result] of rows) {
    const { text } = checked(`To: a\n${field}Cc: b\n\nx\n`, { [field.trimEnd().toLowerCase()]: action });
    assertEquals(text, `To: a\n${result}Cc: b\n\nx\n`, action);
  }
});

Deno.test("blanks before a field's colon are left out, also for checks (RFC 5322 §4.5.8)", () => {
  assertEquals(checked("X-A : 1\nX-B \t:2\n\nx\n", { "x-b:2": "IGNORE" }).text, "X-A: 1\n\nx\n");
});

Deno.test("actions ask for things to be done to the message, and say so (cleanup(8))", () => {
  const end = "from=<s@far.test> to=<u1@ref.test> proto=ESMTP helo=<h.test>";
  const rows: readonly (readonly [action: string, found: string, line: string])[] = [
    [
      "REJECT",
      "5.7.1 message content rejected",
      `reject: header Subject: x from c.test[192.0.2.1]; ${end}: 5.7.1 message content rejected`,
    ],
    [
      "REJECT 4.7.9 Later",
      "4.7.9 Later",
      `reject: header Subject: x from c.test[192.0.2.1]; ${end}: 4.7.9 Later`,
    ],
    ["HOLD look", "hold", `hold: header Subject: x from c.test[192.0.2.1]; ${end}: look`],
    ["DISCARD", "discard", `discard: header Subject: x from c.test[192.0.2.1]; ${end}`],
    ["FILTER f:n", "filter f:n", `filter: header Subject: x from c.test[192.0.2.1]; ${end}: f:n`],
    ["REDIRECT a@b", "redirect a@b", `redirect: header Subject: x from c.test[192.0.2.1]; ${end}: a@b`],
    ["BCC a@b", "bcc a@b", `bcc: header Subject: x from c.test[192.0.2.1]; ${end}: a@b`],
    ["WARN odd", "", `warning: header Subject: x from c.test[192.0.2.1]; ${end}: odd`],
    ["INFO", "", `info: header Subject: x from c.test[192.0.2.1]; ${end}`],
    ["PASS fine", "", `pass: header Subject: x from c.test[192.0.2.1]; ${end}: fine`],
  ];
  for (const [action, found, line] of rows) {
    const { text, findings } = checked("Subject: x\n\nx\n", { "subject: x": action });
    const { rejection, hold, discard, filter, redirect, bcc } = findings;
    const said = [
      rejection && `${rejection.status} ${rejection.text}`,
      hold && "hold",
      discard && "discard",
      filter && `filter ${filter}`,
      redirect && `redirect ${redirect}`,
      bcc.length > 0 && `bcc ${bcc}`,
    ].filter((each) => typeof each === "string").join();
    assertEquals([said, findings.lines.map((each) => each.text)], [found, [`4C2F: ${line}`]], action);
    assertEquals(text, "Subject: x\n\nx\n");
  }
});

Deno.test("after REJECT, DISCARD and PASS nothing more is looked at; other actions go on (header_checks(5))", () => {
  for (
    const [action, lines] of [["REJECT", 1], ["DISCARD", 1], ["PASS", 1], ["WARN", 3], ["HOLD", 2]] as const
  ) {
    const table = { "a: 1": action, "b: 1": action === "HOLD" ? "HOLD" : "WARN", body: "WARN" };
    assertEquals(checked("A: 1\nB: 1\n\nbody\n", table).findings.lines.length, lines, action);
  }
});

Deno.test("body_checks look at each line but empty ones, as far as their limit (body_checks(5))", () => {
  const table = { ignored: "IGNORE", "to-be": "REPLACE Been", pre: "PREPEND before", "": "IGNORE" };
  assertEquals(
    checked("A: b\n\nignored\nto-be\n\npre\nlast", table).text,
    "A: b\n\nBeen\n\nbefore\npre\nlast",
  );
  const far = `${"x".repeat(9)}\n`.repeat(3);
  assertEquals(
    checked(`A: b\n\n${far}ignored\n`, table, { bodyChecksSizeLimit: 30 }).text,
    `A: b\n\n${far}ignored\n`,
  );
  assertEquals(
    checked(`A: b\n\n${far}ignored\n`, table, { bodyChecksSizeLimit: 31 }).text,
    `A: b\n\n${far}ignored\n`,
  );
  assertEquals(checked(`A: b\n\n${far}ignored\n`, table, { bodyChecksSizeLimit: 37 }).text, `A: b\n\n${far}`);
  assertEquals(checked(`A: b\n\n${far}ignored\n`, table, { bodyChecksSizeLimit: 0 }).text, `A: b\n\n${far}`);
});

Deno.test("long lines are looked at piece by piece, and keep their end", () => {
  const changes = { lineLengthLimit: 4 };
  assertEquals(checked("A: b\n\nabcdabcd\nx\n", { abcd: "IGNORE" }, changes).text, "A: b\n\nx\n");
  assertEquals(checked("A: b\n\nefghabcd\nx\n", { abcd: "IGNORE" }, changes).text, "A: b\n\nefgh\nx\n");
  assertEquals(checked("A: b\n\nabcdx\n", { abcd: "REPLACE -" }, changes).text, "A: b\n\n-x\n");
});

const mime = [
  "From: a@x.test",
  "Content-Type: multipart/mixed; boundary=b",
  "X: 1",
  "",
  "pre",
  "--b",
  "X: 1",
  "Content-Type: message/rfc822",
  "",
  "X: 1",
  "Content-Type: text/plain",
  "",
  "X: 1",
  "--b--",
  "X: 1",
  "",
].join("\n");

Deno.test("headers are told from bodies through parts and messages in messages (mime_header_checks, nested_header_checks)", () => {
  const tables: TestWorld = {
    tables: {
      "hash:/h": { "x: 1": "REPLACE X: header" },
      "hash:/m": { "x: 1": "REPLACE X: mime", "content-type: text/plain": "IGNORE" },
      "hash:/n": { "x: 1": "REPLACE X: nested" },
      "hash:/b": { "x: 1": "REPLACE body" },
    },
  };
  const options = optionsWith({
    headerChecks: ["hash:/h"],
    mimeHeaderChecks: ["hash:/m"],
    nestedHeaderChecks: ["hash:/n"],
    bodyChecks: ["hash:/b"],
  });
  const expected = mime.split("\n").toSpliced(14, 1, "body").toSpliced(12, 1, "body").toSpliced(10, 1)
    .toSpliced(9, 1, "X: nested").toSpliced(6, 1, "X: mime").toSpliced(2, 1, "X: header").join("\n");
  assertEquals(cleanText(mime, options, { world: tables }).text, expected);
});

Deno.test("a message with too many parts in parts is refused (postconf(5) mime_nesting_limit)", () => {
  const deep = Array.from(
    { length: 3 },
    (_, level) => `Content-Type: multipart/mixed; boundary=b${level}\n\n--b${level}\n`,
  ).join("");
  const limited = (mimeNestingLimit: number) =>
    checked(`${deep}\nx\n`, {}, { mimeNestingLimit }).findings.rejection?.status;
  assertEquals([limited(2), limited(3)], ["5.6.0", undefined]);
});

Deno.test("a table that cannot be asked keeps the message out for now", () => {
  const options = optionsWith({ headerChecks: ["hash:/gone"] });
  const { findings } = cleanText("A: b\n\nx\n", options);
  assertEquals(findings.failed, true);
  assertEquals(findings.lines.map(({ level, text }) => `${level} ${text}`), [
    'warning 4C2F: header_checks map lookup problem -- message not accepted, try again later (there is no table "hash:/gone")',
  ]);
});

Deno.test("addresses in the header of local mail are made whole, and nothing else is touched (postconf(5) append_at_myorigin)", () => {
  const world: TestWorld = { tables: { "hash:/s": { joe: "Joe.Doe@out.test" }, "hash:/r": { ann: "box" } } };
  const settings = {
    addresses: {
      ...addresses,
      senderCanonicalMaps: ["hash:/s"],
      recipientCanonicalMaps: ["hash:/r"],
      masqueradeDomains: ["mask.test"],
    },
  };
  const rows: readonly (readonly [string, string])[] = [
    ["From: joe", "From: Joe.Doe@out.test"],
    [
      'To: "Lee, A." <ann>,\n\tbob (Bob), e@h.mask.test',
      'To: "Lee, A." <box@ref.test>,\n\tbob@ref.test (Bob), e@mask.test',
    ],
    ["Cc: Joe <joe>", "Cc: Joe <joe@ref.test>"],
    ["Resent-Sender: joe@REF.test", "Resent-Sender: Joe.Doe@out.test"],
    ["Reply-To: x@REF.test", "Reply-To: x@REF.test"],
    ["Subject: joe", "Subject: joe"],
    ["To: undisclosed-recipients:;", "To: undisclosed-recipients:;"],
    ["From: J\xe5 <joe>", "From: J\xe5 <Joe.Doe@out.test>"],
  ];
  for (const [field, expected] of rows) {
    const options = optionsWith(settings, { rewrite: "local" });
    assertEquals(cleanText(`${field}\n\nFrom: joe\n`, options, { world }).text, `${expected}\n\nFrom: joe\n`);
    assertEquals(
      cleanText(`${field}\n\nx\n`, { ...options, rewrite: "none" }, { world }).text,
      `${field}\n\nx\n`,
    );
  }
  const remote = optionsWith({ remoteHeaderRewriteDomain: "domain.invalid" }, { rewrite: "remote" });
  assertEquals(cleanText("From: joe\n\n", remote).text, "From: joe@domain.invalid\n\n");
});

Deno.test("what is missing comes at the end of the header, whatever the message is", () => {
  const asked: string[] = [];
  const options = optionsWith({}, {
    atHeaderEnd: (names) => {
      asked.push([...names].join());
      return utf8Bytes("Date: now\n");
    },
  });
  assertEquals(cleanText("A: b\nC: d\n\nx\n", options).text, "A: b\nC: d\nDate: now\n\nx\n");
  assertEquals(cleanText("A: b\n", options).text, "A: b\nDate: now\n");
  assertEquals(cleanText("A: b\nno field\n", options).text, "A: b\nDate: now\n\nno field\n");
  assertEquals(asked, ["a,c", "a", "a"]);
});

Deno.test("however a message is cut, the same comes out; with nothing to change, what went in", () => {
  const random = new SeededRandom(41);
  const words = [
    "A: b\n",
    "To: x\n",
    " y\n",
    "\n",
    "--b\n",
    "--b--\n",
    "x",
    "Content-Type: multipart/mixed;\n boundary=b\n",
    "z: ",
    "x: 1\n",
    "\t",
    ":",
    "Content-Type: message/rfc822\n",
    "long long long line ",
  ];
  const world: TestWorld = {
    tables: {
      "hash:/c": { "a: b": "REPLACE A: c", x: "REPLACE yy", "x: 1": "IGNORE", "--b": "WARN" },
      "hash:/none": {},
    },
  };
  const small = { headerSizeLimit: 12, lineLengthLimit: 8 };
  const acting = optionsWith({ headerChecks: ["hash:/c"], bodyChecks: ["hash:/c"], ...small }, {
    rewrite: "local",
  });
  const idle = optionsWith({ headerChecks: ["hash:/none"], bodyChecks: ["hash:/none"], ...small }, {
    rewrite: "local",
  });
  for (let round = 0; round < 400; round++) {
    const text = `F: g\n${
      Array.from({ length: 1 + random.below(12) }, () => words[random.below(words.length)]!)
        .join("")
    }`;
    const whole = cleanText(text, acting, { world });
    const cuts = Array.from({ length: 8 }, () => 1 + random.below(6));
    const cut = cleanText(text, acting, { world, cuts });
    assertEquals(cut.text, whole.text, JSON.stringify(text));
    assertEquals(cut.findings.lines, whole.findings.lines, JSON.stringify(text));
    if (!/^To:/m.test(text) && !/^(?:.*\n)*?(?![A-Za-z-]+:|[ \t]|\n)./.test(text.split("\n\n")[0]!)) {
      assertEquals(cleanText(text, idle, { world, cuts }).text, text);
    }
  }
});

Deno.test("needsCleaning() is false for mail from elsewhere where nothing is set", () => {
  assertEquals(needsCleaning(optionsWith({})), false);
  assertEquals(needsCleaning(optionsWith({ bodyChecks: ["hash:/c"] })), true);
  assertEquals(needsCleaning(optionsWith({ bodyChecks: ["hash:/c"] }, { checks: false })), false);
  assertEquals(needsCleaning(optionsWith({}, { rewrite: "local" })), true);
});
