/** Settings as one service sees them, with what lies beside their values: what the functions of this folder read. */

import type { SourcedItem } from "../list_files.ts";
import type { LoadedSettings } from "../load.ts";
import type { ServiceName, SettingName, Settings } from "../schema.ts";

export interface SettingsView {
  readonly settings: Settings;
  readonly restrictionClasses: ReadonlyMap<string, readonly string[]>;
  /** The items of a list, with file and line of those that stand in a file of their own. */
  itemsOf(name: SettingName): readonly SourcedItem[];
}

/** The settings of a service, or those outside of all services. */
export function settingsView(loaded: LoadedSettings, service?: ServiceName): SettingsView {
  return {
    settings: service === undefined ? loaded.settings : loaded.forService(service),
    restrictionClasses: loaded.restrictionClasses,
    itemsOf: (name) => loaded.itemsOf(name, service),
  };
}
