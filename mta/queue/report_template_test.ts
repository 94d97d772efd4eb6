import { assertEquals, assertMatch } from "@std/assert";

import {
  formatTemplates,
  formatTexts,
  ownTemplates,
  parseTemplates,
  reportKinds,
  timeInUnits,
} from "./report_template.ts";

const own = ownTemplates("standard");

Deno.test("what formatTemplates() shows, parseTemplates() reads (bounce(5))", () => {
  for (const format of ["standard", "obsolete"] as const) {
    const templates = ownTemplates(format);
    assertEquals(parseTemplates(formatTemplates(templates), own), { templates, warnings: [] });
  }
});

Deno.test("parseTemplates() puts the file's templates in the place of the server's own (bounce(5))", () => {
  const { templates, warnings } = parseTemplates(
    `# a comment
failure_template = <<END
Charset: utf-8
Subject: Zurück
Subject: Back
From: MAILER-DAEMON (Post)

Von $myhostname zurück.
EOF is no end here.
END
success_template=<<EOF
Just this.
EOF
`,
    own,
  );
  assertEquals(warnings, ['non-ASCII "Subject" header value in failure template -- ignoring this template']);
  assertEquals(templates.failure, own.failure);
  assertEquals(templates.success, { ...own.success, body: ["Just this."] });
});

Deno.test("parseTemplates() tells what is wrong, and keeps its own text then (bounce(5))", () => {
  const rows: readonly (readonly [string, RegExp])[] = [
    ["failure_template = <<EOF\nX-Mine: a\n\nb\nEOF\n", /^unknown "X-Mine" header label in failure template/],
    [
      "verify_template = <<EOF\nPostmaster-Subject: a\n\nb\nEOF\n",
      /^inapplicable "Postmaster-Subject" header label in verify template/,
    ],
    ["delay_template = <<EOF\nSubject:\n\nb\nEOF\n", /^empty "Subject" header value in delay template/],
    ["delay_template = <<EOF\nSubject: a\nEOF\n", /^missing message text in delay template/],
    ["delay_template = <<EOF\nSubject: a\n\nb\n", /^line 1: delay_template: there is no line "EOF"/],
    ["other_template = <<EOF\nb\nEOF\n", /^unknown template name: other_template/],
    ["what is this\n", /^line 1: /],
  ];
  for (const [text, expected] of rows) {
    const { templates, warnings } = parseTemplates(text, own);
    assertEquals(templates, own);
    assertMatch(warnings.join(), expected);
  }
  const { templates, warnings } = parseTemplates("failure_template = <<EOF\n\nfür\nEOF\n", own);
  assertEquals(templates.failure.body, ["für"]);
  assertMatch(warnings.join(), /^8-bit message text in failure template/);
});

Deno.test("formatTexts() shows the bodies alone (postconf(1) -b)", () => {
  const text = formatTexts(own);
  for (const kind of reportKinds) assertMatch(text, new RegExp(`^expanded_${kind}_text = <<EOF$`, "m"));
  assertEquals(/Subject:/.test(text), false);
});

Deno.test("timeInUnits() counts whole units (bounce(5) delay_warning_time_hours)", () => {
  const values = { delay_warning_time: 4 * 3_600_000 + 1, maximal_queue_lifetime: 5 * 86_400_000 };
  const rows = [
    ["delay_warning_time_hours", "4"],
    ["delay_warning_time_minutes", "240"],
    ["maximal_queue_lifetime_days", "5"],
    ["maximal_queue_lifetime_weeks", "0"],
    ["maximal_queue_lifetime_years", undefined],
    ["myhostname", undefined],
  ] as const;
  for (const [name, expected] of rows) assertEquals(timeInUnits(name, values), expected, name);
});
