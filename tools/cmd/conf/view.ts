/** The settings as `conf` shows them, whichever form the files have: names, texts, defaults. */

import type { LoadedSettings } from "../../config/load.ts";
import type { LoadedPostfix } from "../../config/postfix/load_postfix.ts";
import { isRawName, postfixNames } from "../../config/postfix/parameters.ts";
import { unusedNames, userDefinedNames } from "../../config/postfix/unused.ts";
import type { SettingName } from "../../config/schema.ts";
import { isSettingName, settingNames } from "../../config/schema.ts";

import type { NameClass } from "./options.ts";

export interface SettingsView {
  /** Sorted. */
  names(classes: readonly NameClass[]): readonly string[];
  has(name: string): boolean;
  /** Whether the file sets it. */
  isSet(name: string): boolean;
  text(name: string, options: { readonly expanded: boolean }): string;
}

/** Of mailsrv.toml. */
export function tomlView(loaded: LoadedSettings): SettingsView {
  return {
    names: (classes) => isWanted(classes, "builtin") ? settingNames : [],
    has: isSettingName,
    isSet: (name) => isSettingName(name) && loaded.sourceOf(name) !== "default",
    // Asked for names that it has.
    text: (name, options) => loaded.textOf(name as SettingName, options),
  };
}

/** Of main.cf: our settings, Postfix's parameters, and the names that it makes up. */
export function postfixView(loaded: LoadedPostfix): SettingsView {
  const { mainCf, masterCf } = loaded;
  const builtin: ReadonlySet<string> = new Set([...settingNames, ...postfixNames]);
  const unused = new Set(unusedNames(mainCf, masterCf).map(({ name }) => name));
  const user = new Set(userDefinedNames(mainCf, masterCf).filter((name) => !unused.has(name)));
  const service = new Set(
    [...mainCf.settings.keys()].filter((name) => !builtin.has(name) && !user.has(name) && !unused.has(name)),
  );
  const has = (name: string) =>
    builtin.has(name) || user.has(name) || service.has(name) || loaded.defaultText(name) !== undefined;
  const written = (name: string) =>
    isSettingName(name) ? loaded.textOf(name, { expanded: false }) : loaded.otherText(name);
  return {
    names: (classes) =>
      [
        ...isWanted(classes, "builtin") ? builtin : [],
        ...isWanted(classes, "user") ? user : [],
        ...isWanted(classes, "service") ? service : [],
      ].sort(),
    has,
    isSet: (name) => mainCf.settings.has(name),
    text: (name, { expanded }) => {
      const own = mainCf.settings.get(name)?.value ?? written(name);
      const text = expanded && !isRawName(name) ? loaded.expand(own) : own;
      // As postconf shows a value that goes over several lines.
      return text.replace(/[ \t\r\n\f\v]+/g, " ").trim();
    },
  };
}

function isWanted(classes: readonly NameClass[], wanted: NameClass): boolean {
  return classes.length === 0 || classes.includes("all") || classes.includes(wanted);
}
