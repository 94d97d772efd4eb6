import { assertEquals } from "@std/assert";

import { isReply, parseMailParameters, parseRcptParameters } from "./parameter.ts";
import { decodeUtf8Xtext, decodeXtext } from "./xtext.ts";

const all = { smtpUtf8: true, dsn: true, requireTls: true };

function show(value: object): string {
  if (!isReply(value)) return JSON.stringify(value);
  return `${value.code} ${value.status} ${value.lines[0]}`;
}

Deno.test("parseMailParameters() reads the keywords of all extensions (RFC 5321 §4.1.1.11)", () => {
  const rows: readonly [text: string, result: string][] = [
    ["", '{"smtpUtf8":false}'],
    ["BODY=8bitmime", '{"smtpUtf8":false,"body":"8BITMIME"}'],
    ["body=7BIT  SIZE=5", '{"smtpUtf8":false,"body":"7BIT","size":5}'],
    ["SIZE=38677 AUTH=<>", '{"smtpUtf8":false,"size":38677,"auth":"<>"}'],
    ["SMTPUTF8 RET=hdrs ENVID=QQ314+3D59", '{"smtpUtf8":true,"ret":"HDRS","envelopeId":"QQ314=59"}'],
    ["AUTH=e+3Dmc2@example.test", '{"smtpUtf8":false,"auth":"e=mc2@example.test"}'],
    ["requiretls", '{"smtpUtf8":false,"requireTls":true}'],
    ["REQUIRETLS=1", "555 5.5.4 Unsupported option: REQUIRETLS=1"],
    ["BODY=9BIT", "555 5.5.4 Unsupported option: BODY=9BIT"],
    ["BODY=BINARYMIME", "555 5.5.4 Unsupported option: BODY=BINARYMIME"],
    ["BODY", "555 5.5.4 Unsupported option: BODY"],
    ["FOO", "555 5.5.4 Unsupported option: FOO"],
    ["=", "555 5.5.4 Unsupported option: ="],
    ["NOTIFY=NEVER", "555 5.5.4 Unsupported option: NOTIFY=NEVER"],
    ["SMTPUTF8=1", "555 5.5.4 Unsupported option: SMTPUTF8=1"],
    ["SIZE=x", "501 5.5.4 Bad message size syntax"],
    ["SIZE=", "501 5.5.4 Bad message size syntax"],
    ["SIZE", "555 5.5.4 Unsupported option: SIZE"],
    ["AUTH", "555 5.5.4 Unsupported option: AUTH"],
    ["RET", "555 5.5.4 Unsupported option: RET"],
    ["ENVID", "555 5.5.4 Unsupported option: ENVID"],
    ["SIZE=-1", "501 5.5.4 Bad message size syntax"],
    ["SIZE=99999999999999999999", "552 5.3.4 Message size exceeds file system imposed limit"],
    ["SIZE=99999999999999999999999", "552 5.3.4 Message size exceeds file system imposed limit"],
    ["RET=ALL", "501 5.5.4 Bad RET parameter syntax"],
    ["RET=FULL RET=FULL", "501 5.5.4 Bad RET parameter syntax"],
    ["ENVID=a+b", "501 5.5.4 Bad ENVID parameter syntax"],
    ["ENVID=a+00", "501 5.5.4 Bad ENVID parameter syntax"],
    ["ENVID=a+09b", "501 5.5.4 Bad ENVID parameter syntax"],
    ["ENVID=", "501 5.5.4 Bad ENVID parameter syntax"],
    ["ENVID=a ENVID=a", "501 5.5.4 Bad ENVID parameter syntax"],
    ["AUTH=a+0D+0AX:+1B[m+C2", '{"smtpUtf8":false,"auth":"a??X:?[m?"}'],
    ["AUTH=a AUTH=b", "503 5.5.4 Error: multiple AUTH= options"],
    ["AUTH=", "501 5.5.4 Bad AUTH parameter syntax"],
  ];
  for (const [text, result] of rows) assertEquals(show(parseMailParameters(text, all)), result, text);
  const few = { smtpUtf8: false, dsn: false, requireTls: false };
  assertEquals(show(parseMailParameters("SMTPUTF8", few)), "555 5.5.4 Unsupported option: SMTPUTF8");
  assertEquals(show(parseMailParameters("REQUIRETLS", few)), "555 5.5.4 Unsupported option: REQUIRETLS");
  assertEquals(show(parseMailParameters("RET=FULL", few)), "501 5.7.1 DSN support is disabled");
});

Deno.test("parseRcptParameters() reads NOTIFY and ORCPT (RFC 3461 §4.1, §4.2)", () => {
  const badNotify = "501 5.5.4 Error: Bad NOTIFY parameter syntax";
  const badOriginal = "501 5.5.4 Error: Bad ORCPT parameter syntax";
  const rows: readonly [text: string, result: string][] = [
    ["", "{}"],
    ["NOTIFY=never", '{"notify":["NEVER"]}'],
    ["NOTIFY=DELAY,success", '{"notify":["SUCCESS","DELAY"]}'],
    ["ORCPT=rfc822;u1+2Bx@ref.test", '{"originalRecipient":"rfc822;u1+x@ref.test"}'],
    ["ORCPT=utf-8;bl\\x{E5}@ref.test", '{"originalRecipient":"utf-8;blå@ref.test"}'],
    ["NOTIFY=NEVER,DELAY", badNotify],
    ["NOTIFY=", badNotify],
    ["NOTIFY", "555 5.5.4 Unsupported option: NOTIFY"],
    ["ORCPT", "555 5.5.4 Unsupported option: ORCPT"],
    ["NOTIFY=DELAY,", badNotify],
    ["NOTIFY=OFTEN", badNotify],
    ["NOTIFY=DELAY NOTIFY=DELAY", badNotify],
    ["ORCPT=u1@ref.test", badOriginal],
    ["ORCPT=;u1@ref.test", badOriginal],
    ["ORCPT=rfc822;a+0Ab", badOriginal],
    ["ORCPT=rfc822;a+C2", badOriginal],
    ["ORCPT=rfc\r822\rX-Other:;a", badOriginal],
    ["ORCPT=rfc\u2028822;a", badOriginal],
    ["ORCPT=rfc822:x;a", badOriginal],
    ["ORCPT=utf-8;a\\x{85}b", badOriginal],
    ["ORCPT=utf-8;a\\x{2028}b", badOriginal],
    ["ORCPT=utf-8;a\u0085b", badOriginal],
    ["ORCPT=rfc822;a ORCPT=rfc822;a", badOriginal],
    ["SIZE=5", "555 5.5.4 Unsupported option: SIZE=5"],
  ];
  for (const [text, result] of rows) assertEquals(show(parseRcptParameters(text, all)), result, text);
});

Deno.test("xtext is decoded strictly and encoded back (RFC 3461 §4, RFC 6533 §3)", () => {
  const rows: readonly [encoded: string, text: string | undefined][] = [
    ["", ""],
    ["a+2Bb", "a+b"],
    ["a+2bb", "a+b"],
    ["a+b", undefined],
    ["a=b", undefined],
    ["a b", undefined],
    ["+", undefined],
    ["blå", undefined],
  ];
  for (const [encoded, text] of rows) assertEquals(decodeXtext(encoded), text, encoded);
  assertEquals(decodeXtext("a+2Bb+20+3D+20c"), "a+b = c");
  assertEquals(decodeUtf8Xtext("bl\\x{E5}@\\x{1F600}"), "blå@\u{1F600}");
  assertEquals(decodeUtf8Xtext("blå"), "blå");
  assertEquals(decodeUtf8Xtext("\\x{110000}"), undefined);
  assertEquals(decodeUtf8Xtext("\\x{0}"), undefined);
  assertEquals(decodeUtf8Xtext("a b"), undefined);
});
