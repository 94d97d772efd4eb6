import { assert, assertEquals } from "@std/assert";

import { caseName } from "./case.ts";
import { loadCases } from "./load_cases.ts";
import { replayOnMailsrv } from "./mailsrv_replay.ts";
import { zoneOf } from "./zone.ts";

const { cases, dns } = await loadCases();
const zone = zoneOf(dns);
const files = new Map<string, typeof cases[number][]>();
for (const one of cases) files.set(one.file, [...files.get(one.file) ?? [], one]);

Deno.test("there are at least 300 decision cases, each with a name of its own", () => {
  const names = cases.map(({ file, title }) => `${file} ${title}`);
  assertEquals(names.filter((name, index) => names.indexOf(name) !== index), []);
  assert(cases.length >= 300);
});

for (const [file, ofFile] of files) {
  Deno.test(`mailsrv decides as Postfix does: ${file}, ${ofFile.length} cases`, async () => {
    const failures: string[] = [];
    for (const one of ofFile) {
      if (one.postfixOnly !== undefined) continue;
      for (const { line, command, expected, got } of await replayOnMailsrv(one, zone)) {
        failures.push(
          `${caseName(one)}\n  line ${line}: ${command}\n    expected ${expected}\n    mailsrv  ${got}`,
        );
      }
    }
    assert(failures.length === 0, `${failures.length} differences\n${failures.join("\n")}`);
  });
}
