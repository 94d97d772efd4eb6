import { assert, assertEquals, assertStringIncludes } from "@std/assert";

import { rawText } from "./parameter.ts";
import { serviceSettingNames } from "./read_statements.ts";
import { settingsReference } from "./reference.ts";
import { areas, isSettingName, parameters, services, settingNames } from "./schema.ts";

Deno.test("Every setting stands in one area", () => {
  const names = areas.flatMap((area) => Object.keys(area.parameters));
  assertEquals([...names].sort(), [...settingNames]);
  assertEquals(new Set(names).size, names.length);
});

Deno.test("Every setting has a name in small letters, a sentence, and a default of its kind", () => {
  const place = { directory: "/d", addresses: ["0.0.0.0"] };
  for (const name of settingNames) {
    const row = parameters[name];
    assert(/^[a-z0-9][a-z0-9_]*[a-zA-Z]*[a-z0-9]$/.test(name), name);
    assert(/^[A-Za-z0-9$].*[.]$/s.test(row.doc), `${name}: ${row.doc}`);
    if (typeof row.default === "function" || rawText(row.default).includes("$")) continue;
    assert("value" in row.read(row.default, place), name);
  }
});

Deno.test("Every setting that a service has from the start can stand in its section", () => {
  for (const defaults of Object.values(services)) {
    for (const name of Object.keys(defaults)) {
      assert(serviceSettingNames.some((other) => other === name), name);
    }
  }
});

Deno.test("isSettingName() knows no names of object members", () => {
  assertEquals(["myhostname", "toString", "__proto__"].map(isSettingName), [true, false, false]);
});

Deno.test("settingsReference() tells every setting once", () => {
  const text = settingsReference();
  for (const name of settingNames) {
    assertEquals(text.split(`\n${name} = `).length, 2, name);
  }
  assert(text.split("\n").every((line) => line.length <= 130 || / = "/.test(line)));
});

Deno.test("settingsReference() tells value, unit, default and source", () => {
  assertStringIncludes(
    settingsReference(),
    `
queue_run_delay = "300s"
    How often the server looks for mail that programs left in the queue without
    telling it.
    (time such as "30s", "5m", "1h", "5d"; bare number: s; postconf(5))
`,
  );
});

Deno.test("settingsReference() tells what a transport's section can have (pipe(8))", () => {
  assertStringIncludes(
    settingsReference(),
    `
In a section [transport.NAME]
-----------------------------

  kind = "pipe"
      pipe: a program gets the mail; smtp, lmtp: a host does, by settings of its
`,
  );
});
