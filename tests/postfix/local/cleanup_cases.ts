/** Messages on their way through cleanup(8): checks of header and body, rewriting of headers, copies. */

import type { LocalCase, LocalMail } from "./case.ts";

const mail = (header: readonly string[], body = "body"): LocalMail => ({
  from: "s@remote.test",
  to: ["joe@my.test"],
  header,
  body,
});

export const cleanupCases: readonly LocalCase[] = [
  {
    title: "cleanup: actions of header_checks",
    settings: [
      "header_checks = regexp:{}/checks",
    ],
    files: [{
      path: "checks",
      text: [
        "/^X-Ignore:/ IGNORE",
        "/^X-Strip:/ STRIP",
        "/^X-Replace: (.*)/ REPLACE X-Replaced: <$1>",
        "/^X-Prepend:/ PREPEND X-Before: 1",
        "/^X-Redirect:/ REDIRECT ann@my.test",
        "/^X-Bcc:/ BCC bob@my.test",
        "/^X-Discard:/ DISCARD",
        "/^X-Dunno:/ DUNNO",
        "/^X-Warn:/ WARN look",
        "/^X-Info:/ INFO look",
        "/^X-Filter:/ FILTER error:filtered",
        "/^Subject:.*folded\\n text/ PREPEND X-Folded: yes",
        "/^Subject:.*two   blanks/ PREPEND X-Blanks: yes",
        "",
      ].join("\n"),
    }],
    mails: [
      mail(["X-Ignore: a", "X-Strip: b", "X-Keep: c"]),
      mail(["X-Replace: some thing", "X-Prepend: yes", "X-Dunno: x"]),
      mail(["X-Redirect: a"]),
      mail(["X-Bcc: a", "X-Warn: b", "X-Info: c"]),
      mail(["X-Discard: a"]),
      mail(["X-Filter: a"]),
      mail(["X-Folded: a", "Comments: is folded", " here"]),
    ],
  },
  {
    title: "cleanup: actions of body_checks and parts",
    settings: [
      "body_checks = regexp:{}/checks",
      "mime_header_checks = regexp:{}/mime",
      "nested_header_checks = regexp:{}/nested",
    ],
    files: [
      {
        path: "checks",
        text:
          "/^ignore/ IGNORE\n/^replace (.*)/ REPLACE was $1\n/^prepend/ PREPEND before\n/^bcc/ BCC ann@my.test\n",
      },
      { path: "mime", text: "/^Content-Type: .*evil/ REPLACE Content-Type: text/plain\n/^X-Part:/ IGNORE\n" },
      { path: "nested", text: "/^X-Nested:/ REPLACE X-Was-Nested: y\n" },
    ],
    mails: [
      mail([], "ignore me\nreplace a b\nprepend c\nlast"),
      mail([], "bcc"),
      mail(
        ["MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="b"'],
        "pre\n--b\nContent-Type: application/evil\nX-Part: 1\n\nignore\nkept\n--b\nContent-Type: message/rfc822\n\n" +
          "X-Nested: a\nX-Part: b\nSubject: x\n\nreplace z\n--b--\nignore after",
      ),
      mail(["MIME-Version: 1.0", "Content-Type: message/rfc822"], "X-Nested: a\nX-Part: b\n\nreplace inner"),
    ],
  },
  {
    title: "cleanup: headers of local mail are rewritten",
    settings: [
      "canonical_maps = inline:{{joe@my.test = joseph.j@my.test}, {ann = annie@far.test}}",
      "masquerade_domains = my.test",
      "local_header_rewrite_clients = permit_mynetworks",
      "always_add_missing_headers = yes",
    ],
    aliases: ["joseph.j: joe"],
    mails: [
      mail([
        'To: joe, Ann <ann>, "Bob, B" <bob@sub.my.test>,',
        "\tgroup: joe@my.test, x@far.test;",
        "Cc: joe@localhost (Joe), <@a.test:ann@my.test>",
        "Reply-To: joe@[127.0.0.1], joe%my.test",
        "Sender: ann@host",
        "X-Other: joe",
        "Errors-To: joe",
        "Return-Receipt-To: joe",
        "Delivered-To: other@my.test",
        "Bcc: secret@my.test",
        "Content-Length: 7",
        "Return-Path: <x@y>",
      ]),
    ],
  },
  {
    title: "cleanup: copies",
    settings: [
      "always_bcc = bob",
      "sender_bcc_maps = inline:{s@remote.test=ann+s@my.test}",
      "recipient_bcc_maps = inline:{joe@my.test=ann+r@my.test}",
      "virtual_alias_maps = inline:{{team@my.test = joe@my.test, ann@my.test}}",
    ],
    mails: [
      mail([]),
      { from: "", to: ["joe@my.test"] },
      { from: "s@remote.test", to: ["team@my.test", "joe@my.test", "JOE@my.test"] },
    ],
  },
  {
    title: "cleanup: long lines and odd headers",
    mails: [
      mail([
        "X-Long: ".concat("word ".repeat(300)),
        "X-Odd : blank before colon",
        "Subject:no blank",
        "X-Empty:",
      ]),
      mail([], `${"x".repeat(3000)}\nend`),
      mail(["No colon here", "X-After: y"], "body"),
      mail(["X-8bit: \u00e9"], "\u00e9t\u00e9"),
    ],
  },
];
