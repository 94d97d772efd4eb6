import { assertEquals } from "@std/assert";
import { join, resolve } from "@std/path";

import type { Context } from "./context.ts";
import { processContext } from "./context.ts";
import type { SettingsPlace } from "./settings.ts";
import { settingsPlace } from "./settings.ts";

type Environment = Readonly<Record<string, string>>;

function place(options: Readonly<Record<string, string>>, environment: Environment = {}) {
  const context: Context = { ...processContext("mailsrv", "mailsrv"), env: (name) => environment[name] };
  return settingsPlace(context, { options, rest: [] });
}

Deno.test("settingsPlace() finds mailsrv.toml by --config, --data, $MAILSRV_DATA or in this directory", () => {
  const toml = (path: string): SettingsPlace => ({ form: "toml", path: resolve(path) });
  assertEquals(place({}), toml("mailsrv-data/mailsrv.toml"));
  assertEquals(place({}, { MAILSRV_DATA: "/e" }), toml("/e/mailsrv.toml"));
  assertEquals(place({ data: "/d" }, { MAILSRV_DATA: "/e" }), toml("/d/mailsrv.toml"));
  assertEquals(place({ data: "/d", config: "c.toml" }), toml("c.toml"));
  assertEquals(place({ data: "/d" }, { MAILSRV_POSTFIX: "/p" }), toml("/d/mailsrv.toml"));
});

Deno.test("settingsPlace() finds Postfix's files by --postfix or $MAILSRV_POSTFIX", () => {
  const postfix = (directory: string, dataDirectory?: string): SettingsPlace => ({
    form: "postfix",
    path: join(directory, "main.cf"),
    directory,
    dataDirectory,
  });
  assertEquals(place({ postfix: "/p" }), postfix("/p"));
  assertEquals(place({ postfix: "p", data: "d" }), postfix(resolve("p"), resolve("d")));
  assertEquals(place({}, { MAILSRV_POSTFIX: "/p" }), postfix("/p"));
  assertEquals(place({ postfix: "/q" }, { MAILSRV_POSTFIX: "/p", MAILSRV_DATA: "/e" }), postfix("/q", "/e"));
});
