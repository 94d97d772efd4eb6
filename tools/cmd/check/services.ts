/** The SMTP services that are open, with their policy: what check looks at and serve guards. */

import type { LoadedSettings } from "../../config/load.ts";
import { addressSettings } from "../../config/mta/address_settings.ts";
import { networkList, policySettings } from "../../config/mta/policy_settings.ts";
import type { SettingsView } from "../../config/mta/view.ts";
import { settingsView } from "../../config/mta/view.ts";
import type { Facts } from "../../config/parameter.ts";
import type { ListenerService } from "../../config/schema.ts";

import { smtpRoles } from "../smtp_roles.ts";

import type { GuardedService } from "./open_relay.ts";

export interface OpenService {
  readonly name: ListenerService;
  readonly view: SettingsView;
}

/** Services with a listener. */
export function openServices(loaded: LoadedSettings): readonly OpenService[] {
  return (Object.keys(smtpRoles) as ListenerService[])
    .filter((name) => loaded.settings[`listen_${name}`].length > 0)
    .map((name) => ({ name, view: settingsView(loaded, name) }));
}

export function guardedServices(
  loaded: LoadedSettings,
  facts: Pick<Facts, "interfaces">,
): readonly GuardedService[] {
  return openServices(loaded).map(({ name, view }) => ({
    name,
    role: smtpRoles[name],
    policy: policySettings(view, addressSettings(view, facts)),
    xclientHosts: networkList(view, "smtpd_authorized_xclient_hosts"),
    allowed: view.settings.allow_open_relay,
  }));
}
