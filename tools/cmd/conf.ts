/** `mailsrv conf` (= postconf): the settings in force, the defaults, or what differs. */

import type { LoadedSettings } from "../config/load.ts";
import { loadSettings } from "../config/load.ts";
import type { SettingName } from "../config/schema.ts";
import { isSettingName, settingNames } from "../config/schema.ts";

import type { Command } from "./command.ts";
import { exitCode } from "./exit_code.ts";
import { machineFacts, settingsFor } from "./settings.ts";

export const confCommand: Command = {
  name: "conf",
  summary: "show settings as name = value (postconf)",
  arguments: "[NAME ...]",
  details: [
    "Without names, all settings. Values are shown with $names put in. Through a link named postconf the options are -n, -d, -h, -H.",
  ],
  options: [
    { name: "changed", letter: "n", summary: "only what the settings file sets" },
    { name: "defaults", letter: "d", summary: "the defaults" },
    { name: "values", summary: "values only" },
    { name: "names", letter: "H", summary: "names only" },
  ],
  run: async (context, given) => {
    const { changed, defaults, values, names } = given.options;
    const loaded = defaults === true ? await defaultSettings() : await settingsFor(context, given);
    for (const name of given.rest) {
      if (!isSettingName(name)) context.complain(`warning: ${name}: unknown parameter`);
    }
    const wanted: readonly SettingName[] = given.rest.length === 0
      ? settingNames
      : given.rest.filter(isSettingName);
    for (const name of wanted) {
      if (changed === true && loaded.sourceOf(name) === "default") continue;
      const text = loaded.textOf(name);
      await context.print(
        names === true ? `${name}\n` : values === true ? `${text}\n` : `${name} = ${text}\n`,
      );
    }
    return exitCode.ok;
  },
};

/** The settings of an empty file. */
function defaultSettings(): Promise<LoadedSettings> {
  const disk = { readFile: () => Promise.resolve(new Uint8Array(0)), stat: () => Promise.resolve(undefined) };
  return loadSettings({ path: "/etc/mailsrv/mailsrv.toml", disk, facts: machineFacts() });
}
