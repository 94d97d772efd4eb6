/**
 * Faults that people reported of readers of mail, R47, R48 and R65 to R73, as a running server shows them by ENVELOPE,
 * BODYSTRUCTURE, BODY[n], SEARCH and `send -t`.
 *
 * Left to later features: the file name of R67 in Sieve and webmail (here BODYSTRUCTURE shows it), decoded display names for people in R69 and R70 (here SEARCH finds them).
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";

import { ok, openWith } from "./imap.ts";
import { utf8Octets, worldTest } from "./world.ts";

worldTest("reports of mail", {}, async (world, step) => {
  let boxes = 0;
  /** The answer to one command in a mailbox of these messages, LF for CRLF in the source. */
  const asked = async (command: string, ...texts: readonly string[]) => {
    using peer = await openWith(world, `m${++boxes}`, texts.map((text) => text.replaceAll("\n", "\r\n")));
    return await ok(peer, command);
  };
  const parts = (text: string) => `Content-Type: multipart/mixed; boundary=${text}`;
  const found = async (keys: string, ...texts: readonly string[]) => {
    using peer = await openWith(world, `m${++boxes}`, texts.map((text) => text.replaceAll("\n", "\r\n")));
    const octets = utf8Octets(keys);
    const [line] = (await ok(peer, `SEARCH CHARSET UTF-8 ${octets}`)).untagged;
    return line!.split(" ").slice(2).map(Number);
  };
  const literal = (text: string) => `{${utf8Octets(text).length}+}\r\n${text}`;

  await step("R47: reply-to and sender of ENVELOPE (RFC 3501 §7.4.2)", async () => {
    const from = "From: F <f@x.test>\n";
    const texts = [`${from}Reply-To: r@x.test\n\nx\n`, `${from}Reply-To:\n\nx\n`, `${from}\nx\n`];
    const { untagged } = await asked("FETCH 1:3 ENVELOPE", ...texts);
    const sender = `(("F" NIL "f" "x.test"))`;
    const replyTo = [`((NIL NIL "r" "x.test"))`, sender, sender];
    assertEquals(
      untagged,
      replyTo.map((list, index) =>
        `* ${index + 1} FETCH (ENVELOPE (NIL NIL ${sender} ${sender} ${list} NIL NIL NIL NIL NIL))`
      ),
    );
  });

  await step("R48: a group without members in ENVELOPE (RFC 3501 §7.4.2)", async () => {
    const { text } = await asked("FETCH 1 ENVELOPE", "From: a@x.test\nTo: undisclosed-recipients:;\n\nx\n");
    assertStringIncludes(text, `((NIL NIL "undisclosed-recipients" NIL)(NIL NIL NIL NIL))`);
  });

  await step("R65: a boundary within a line is text (RFC 2046 §5.1.1)", async () => {
    const text = `${parts("BND")}\n\n--BND\n\nvisit --BND for details\nSECRET\n--BND--\n`;
    assertStringIncludes(
      (await asked("FETCH 1 BODY.PEEK[1]", text)).text,
      "{31}\r\nvisit --BND for details\r\nSECRET)",
    );
  });

  await step("R66: the CRLF before a boundary belongs to it (RFC 2046 §5.1.1)", async () => {
    for (const [end, octets] of [["\n\n", "{5}\r\nabc\r\n"], ["\n", "{3}\r\nabc"]]) {
      const { text } = await asked("FETCH 1 BODY.PEEK[1]", `${parts("b")}\n\n--b\n\nabc${end}--b--\n`);
      assertStringIncludes(text, `BODY[1] ${octets})`);
    }
  });

  await step("R67: the pieces of a parameter are put together (RFC 2231 §4.1)", async () => {
    const pieces = `filename*0*=us-ascii'en'This%20is;\n filename*1*=%2A; filename*2=" it!%20"`;
    const text = `Content-Type: text/plain\nContent-Disposition: attachment;\n ${pieces}\n\nx\n`;
    const answer = await asked("FETCH 1 BODYSTRUCTURE", text);
    const [, name, value] = /\("attachment" \("filename(\*?)" "([^"]+)"\)\)/i.exec(answer.text) ?? [];
    // As one value in the RFC's own form, or decoded.
    const decoded = name === "*" ? decodeURIComponent(value!.replace(/^us-ascii'en'/i, "")) : value;
    assertEquals(decoded, "This is* it!%20", answer.text);
  });

  await step("R68: nothing stands between encoded words (RFC 2047 §6.2)", async () => {
    const subject = "Subject: =?utf-8?Q?a?=\n =?utf-8?Q?b?=\n\nx\n";
    assertEquals(await found(`SUBJECT "ab"`, subject, "Subject: a b\n\nx\n"), [1]);
  });

  await step("R69: a space between an encoded word and others stays (RFC 2047 §6.2)", async () => {
    const from = `From: "Q, R" =?utf-8?Q?S=C3=A5?= t <q@x.test>\n\nx\n`;
    assertEquals(await found(`FROM ${literal("S\u00e5 t")}`, from), [1]);
    assertEquals(await found(`FROM ${literal("S\u00e5t")}`, from), []);
  });

  await step("R70: encoded words in a folded list of addresses (RFC 2047 §5)", async () => {
    const to = "To: =?utf-8?Q?A=C3=A5?= <a@x.test>,\n =?utf-8?Q?B=C3=A5?= <b@x.test>\n\nx\n";
    for (const name of ["A\u00e5", "B\u00e5", "A\u00e5 <a@x.test>, B\u00e5"]) {
      assertEquals(await found(`TO ${literal(name)}`, to), [1], name);
    }
    assertMatch(
      (await asked("FETCH 1 ENVELOPE", to)).text,
      /\(\("=\?utf-8\?Q\?A=C3=A5\?=" NIL "a" "x\.test"\)\("=\?utf-8\?Q\?B=C3=A5\?=" NIL "b" "x\.test"\)\)/,
    );
  });

  await step("R71 R72: names of people (RFC 5322 §3.2.4, §4.1)", async () => {
    const { text } = await asked(
      "FETCH 1 ENVELOPE",
      `From: John Q. Public <j@p.test>\nTo: "last, first (t)" <x@y.test>\n\nx\n`,
    );
    assertStringIncludes(text, `(("John Q. Public" NIL "j" "p.test"))`);
    assertStringIncludes(text, `(("last, first (t)" NIL "x" "y.test"))`);
  });

  await step("R73: send -t reads quotes in a name as the RFC has them (RFC 5322 §3.2.4)", async () => {
    const to = String.raw`To: "foo \"bar\" q, r" <u2@ref.test>`;
    await world.server.mustRun(["send", "-t"], `${to}\nSubject: r73\n\nx\n`);
    const text = await world.arrived("u2", "Subject: r73");
    assertMatch(text, /^Delivered-To: u2@ref\.test$/m);
    assertStringIncludes(text, `\n${to}\n`);
    assertMatch(await world.server.mustRun(["queue", "list"]), /empty/);
  });
});
