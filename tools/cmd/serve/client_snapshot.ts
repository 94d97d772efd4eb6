/** What follows from the settings for mail that leaves by SMTP and LMTP, authorities read. */

import { utf8Text } from "../../kit/base/bytes.ts";
import { ConfigError, failureText } from "../../kit/base/failure.ts";

import type { Disk } from "../../../store/file/disk.ts";

import type { AddressSettings } from "../../../mta/address/settings.ts";
import type { NextHopSettings } from "../../../mta/delivery/next_hop.ts";
import type { OutgoingSettings } from "../../../mta/outgoing/api.ts";

import type { LoadedSettings } from "../../config/load.ts";
import {
  type ClientProtocol,
  nextHopSettings,
  outgoingSettings,
} from "../../config/mta/outgoing_settings.ts";

/** What follows from the settings for one transport. */
export interface ClientSnapshot {
  readonly protocol: ClientProtocol;
  readonly hops: NextHopSettings;
  readonly sessions: OutgoingSettings;
}

/** @throws ConfigError when authorities that the settings name cannot be read */
export async function takeClientSnapshots(
  loaded: LoadedSettings,
  disk: Disk,
  addresses: AddressSettings,
): Promise<ReadonlyMap<string, ClientSnapshot>> {
  const clients = new Map<string, ClientSnapshot>();
  for (const [name, { way }] of loaded.transports) {
    if (way.kind !== "smtp" && way.kind !== "lmtp") continue;
    const { kind: protocol, settings } = way;
    const caPem = await readAuthorities({ settings, path: loaded.path }, disk, protocol);
    clients.set(name, {
      protocol,
      hops: nextHopSettings(settings, protocol, addresses),
      sessions: outgoingSettings(settings, protocol, { caPem }),
    });
  }
  return clients;
}

const maxPemOctets = 4 << 20;

async function readAuthorities(
  { settings, path: place }: Pick<LoadedSettings, "settings" | "path">,
  disk: Disk,
  protocol: ClientProtocol,
): Promise<string | undefined> {
  const file = settings[`${protocol}_tls_CAfile`];
  const directory = settings[`${protocol}_tls_CApath`];
  if (file === "" && directory === "") return undefined;
  const read = async (path: string) => utf8Text(await disk.readFile(path, maxPemOctets));
  try {
    const texts = file === "" ? [] : [await read(file)];
    if (directory !== "") {
      for (const { name } of await disk.list(directory)) {
        if (/\.(?:pem|crt|\d)$/.test(name)) texts.push(await read(`${directory}/${name}`));
      }
    }
    return texts.join("\n");
  } catch (thrown) {
    throw new ConfigError(`${protocol}_tls_CAfile, ${protocol}_tls_CApath: ${failureText(thrown)}`, place);
  }
}
