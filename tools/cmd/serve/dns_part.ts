/** The DNS of a running server: a resolver in a worker of its own. */

import { utf8Text } from "../../kit/base/bytes.ts";
import type { Clock } from "../../kit/base/clock.ts";
import type { Log } from "../../kit/base/log.ts";

import type { Disk } from "../../../store/file/disk.ts";
import { DiskError } from "../../../store/file/disk.ts";

import type { DnsSettings } from "../../../mta/dns/resolv_conf.ts";
import { defaultDnsSettings, parseDnsServer, parseResolvConf } from "../../../mta/dns/resolv_conf.ts";
import { WorkerDns } from "../../../mta/dns/worker_dns.ts";

import type { Settings } from "../../config/schema.ts";

import { workerRights } from "./permissions.ts";

const resolvConf = "/etc/resolv.conf";
const maxResolvConfOctets = 65_536;

/** Whom to ask: `dns_servers`, else what the system asks. */
export async function dnsSettings(settings: Settings, disk: Pick<Disk, "readFile">): Promise<DnsSettings> {
  const timeoutMs = settings.dns_timeout;
  const servers = settings.dns_servers.map(parseDnsServer).filter((server) => server !== undefined);
  if (servers.length > 0) return { ...defaultDnsSettings, servers, timeoutMs };
  try {
    const text = utf8Text(await disk.readFile(resolvConf, maxResolvConfOctets));
    return { ...parseResolvConf(text), timeoutMs };
  } catch (thrown) {
    if (!(thrown instanceof DiskError)) throw thrown;
    return { ...defaultDnsSettings, timeoutMs };
  }
}

export function openDns(
  settings: DnsSettings,
  options: { readonly clock: Clock; readonly log: Log },
): WorkerDns {
  return new WorkerDns(settings, {
    ...options,
    rights: (dnsServers) => workerRights.dns({ listen: [], mailDirectories: [], dnsServers }),
  });
}
