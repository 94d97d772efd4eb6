/**
 * resolv.conf(5): which name servers to ask, and how long. `search`, `domain` and `ndots` are not for mail: a name is
 * always whole.
 */

import { canonicalIp } from "../../tools/kit/mail/ip.ts";

export interface DnsServer {
  readonly address: string;
  readonly port: number;
}

export interface DnsSettings {
  /** Asked in order; at least one. */
  readonly servers: readonly DnsServer[];
  /** For one server, each time. */
  readonly timeoutMs: number;
  /** How often all are asked before there is no answer. */
  readonly attempts: number;
  /** Begin with another server each time. */
  readonly rotate: boolean;
}

const dnsPort = 53;

/** As the C library takes them: three servers, up to 30 seconds, up to five rounds. */
const maxServers = 3;
const maxTimeoutSeconds = 30;
const maxAttempts = 5;

export const defaultDnsSettings: DnsSettings = {
  servers: [{ address: "127.0.0.1", port: dnsPort }],
  timeoutMs: 5000,
  attempts: 2,
  rotate: false,
};

/** The settings in the text of an /etc/resolv.conf; what is not understood is passed over, as the C library does. */
export function parseResolvConf(text: string): DnsSettings {
  const servers: DnsServer[] = [];
  let options: Omit<DnsSettings, "servers"> = defaultDnsSettings;
  for (const line of text.split("\n")) {
    const [word, ...values] = line.replace(/[#;].*$/, "").trim().split(/\s+/);
    if (word === "nameserver") {
      const address = canonicalIp(values[0] ?? "") ?? zonedAddress(values[0] ?? "");
      if (address !== undefined && servers.length < maxServers) servers.push({ address, port: dnsPort });
    } else if (word === "options") {
      options = values.reduce(withOption, options);
    }
  }
  const { timeoutMs, attempts, rotate } = options;
  return { servers: servers.length > 0 ? servers : defaultDnsSettings.servers, timeoutMs, attempts, rotate };
}

function withOption(options: Omit<DnsSettings, "servers">, text: string): Omit<DnsSettings, "servers"> {
  if (text === "rotate") return { ...options, rotate: true };
  const [, name, digits] = /^(timeout|attempts):(\d{1,6})$/.exec(text) ?? [];
  if (name === "timeout") {
    return { ...options, timeoutMs: Math.min(Math.max(Number(digits), 1), maxTimeoutSeconds) * 1000 };
  }
  if (name === "attempts") {
    return { ...options, attempts: Math.min(Math.max(Number(digits), 1), maxAttempts) };
  }
  return options;
}

/** `fe80::1%eth0`: a server on the link, which needs its zone. */
function zonedAddress(text: string): string | undefined {
  const [, address, zone] = /^(fe80:[0-9a-f:.]*)%([\w.-]+)$/i.exec(text) ?? [];
  const canonical = canonicalIp(address ?? "");
  return canonical === undefined ? undefined : `${canonical}%${zone}`;
}

/**
 * One item of the setting `dns_servers`; `undefined` when it is none.
 *
 * ```ts
 * parseDnsServer("192.0.2.53"); // { address: "192.0.2.53", port: 53 }
 * parseDnsServer("[2001:db8::53]:5353"); // { address: "2001:db8::53", port: 5353 }
 * ```
 */
export function parseDnsServer(text: string): DnsServer | undefined {
  const whole = canonicalIp(text);
  if (whole !== undefined) return { address: whole, port: dnsPort };
  const match = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+))(?::(\d{1,5}))?$/i.exec(text);
  const address = canonicalIp(match?.[1] ?? match?.[2] ?? "");
  const port = Number(match?.[3] ?? dnsPort);
  return address === undefined || port < 1 || port > 65535 ? undefined : { address, port };
}

/** Two that mean the same ask the same servers in the same way. */
export function sameDnsSettings(one: DnsSettings, other: DnsSettings): boolean {
  const text = ({ servers, timeoutMs, attempts, rotate }: DnsSettings) =>
    [...servers.map(({ address, port }) => `${address}:${port}`), timeoutMs, attempts, rotate].join();
  return text(one) === text(other);
}
