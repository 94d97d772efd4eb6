import { assertEquals, assertMatch } from "@std/assert";

import { conf, diskWith } from "./testing_conf.ts";

const settings = `myhostname = "mx.ref.test"\ndelay_warning_time = "4h"\n`;

Deno.test("conf -b shows the texts of reports with settings put in (postconf(1) -b)", async () => {
  const disk = await diskWith({ "/d/mailsrv.toml": settings });
  const { code, out, errors } = await conf(disk, "-c", "/d", "-b");
  assertEquals([code, errors], [0, []]);
  assertMatch(out, /^expanded_failure_text = <<EOF\nThis is the mail server at mx\.ref\.test\.\n/);
  assertMatch(out, /for more than\n4 hour\(s\)\. It is tried again until it is\n5 day\(s\) old\./);
  assertEquals(out.includes("$"), false);
});

Deno.test("conf -t shows templates, which bounce_template_file can name (bounce(5))", async () => {
  const own = await diskWith({ "/d/mailsrv.toml": settings });
  const { out: text } = await conf(own, "-c", "/d", "-t");
  assertMatch(
    text,
    /^failure_template = <<EOF\nCharset: us-ascii\nFrom: Mail Delivery System <MAILER-DAEMON>\n/,
  );
  const changed = text.replace("This is the mail server at", "Here is");
  const disk = await diskWith({
    "/d/mailsrv.toml": settings + `bounce_template_file = "/d/texts"\n`,
    "/d/texts": changed,
  });
  assertEquals((await conf(disk, "-c", "/d", "-t")).out, changed);
  assertMatch(
    (await conf(disk, "-c", "/d", "-b")).out,
    /^expanded_failure_text = <<EOF\nHere is mx\.ref\.test\.\n/,
  );
});

Deno.test("conf -b FILE tells what is wrong with its templates (bounce(5))", async () => {
  const disk = await diskWith({
    "/d/mailsrv.toml": settings,
    "/d/bad": "failure_template = <<EOF\nX-A: b\n\ntext\nEOF\ndelay_template = <<EOF\n\n$no_such\nEOF\n",
  });
  const { errors } = await conf(disk, "-c", "/d", "-b", "/d/bad");
  assertMatch(errors.join("\n"), /unknown "X-A" header label in failure template/);
  assertMatch(errors.join("\n"), /\$no_such: unknown parameter/);
});
