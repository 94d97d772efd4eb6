/** Names that main.cf makes up and that nothing in it or in master.cf refers to. */

import { namesIn } from "../expand.ts";
import { splitList } from "../list.ts";
import { isSettingName } from "../schema.ts";
import type { MainCf, MainCfEntry } from "./main_cf.ts";
import type { MasterCf } from "./master_cf.ts";
import { isInstallationName, postfixDefault } from "./parameters.ts";

/** The names that no program of Postfix and no setting of ours has. */
export function userDefinedNames(mainCf: MainCf, masterCf: MasterCf): readonly string[] {
  const services = new Set(masterCf.services.map(({ name }) => name));
  return [...mainCf.settings.keys()].filter((name) =>
    !isSettingName(name) && !isInstallationName(name) && postfixDefault(name, services) === undefined
  );
}

export function unusedNames(mainCf: MainCf, masterCf: MasterCf): readonly MainCfEntry[] {
  const values = [
    ...Array.from(mainCf.settings.values(), ({ value }) => value),
    ...masterCf.services.flatMap((service) => service.arguments),
  ];
  const used = new Set(values.flatMap(namesIn));
  for (const name of splitList(mainCf.settings.get("smtpd_restriction_classes")?.value ?? "") ?? []) {
    used.add(name);
  }
  // `ldap:users` reads users_server_host and more from main.cf (ldap_table(5)).
  const sources = values.flatMap((value) =>
    Array.from(value.matchAll(/\b[a-z]+:(\w+)/g), ([, source]) => `${source}_`)
  );
  return userDefinedNames(mainCf, masterCf)
    .filter((name) => !used.has(name) && !sources.some((source) => name.startsWith(source)))
    .map((name) => mainCf.settings.get(name)!);
}
