/**
 * Next hops made up, with a DNS made up, put to Postfix's SMTP client and to ours: what mail comes to where there is no host,
 * and which hosts are tried where there are some. Nobody answers at any address.
 */

import { join } from "@std/path";

import type { Random } from "../../tools/kit/base/random.ts";
import { SeededRandom } from "../../tools/kit/base/random.ts";

import { defaultAddressSettings } from "../../mta/address/default_settings.ts";
import { findNextHop } from "../../mta/delivery/next_hop.ts";
import { defaultHopSettings } from "../../mta/dns/hop_settings.ts";
import type { DnsRecord } from "../../mta/dns/record.ts";
import { memoryDns, type MemoryRecords } from "../../mta/dns/testing_memory.ts";
import { defaultRelayLoginSettings } from "../../mta/relay_login/settings.ts";
import { defaultTlsSettings } from "../../mta/tls_policy/policy.ts";

import { LineClient } from "../server/line_client.ts";
import { runProgram, until } from "../server/mailsrv.ts";

const port = 9_925;
const ownAddresses = ["127.0.0.1", "::1"];

/** All names end so. */
export const hopsDomain = "hop.test";

export interface HopCase {
  readonly records: MemoryRecords;
  readonly nexthop: string;
}

/** Names of one case begin with its number, so that all cases are one zone. */
export function randomHopCase(random: Random, index: number): HopCase {
  const pick = <T>(items: readonly T[]): T => items[random.below(items.length)]!;
  const records: Record<string, readonly DnsRecord[] | "failed"> = {};
  const name = (label: string) => `${label}${index}.${hopsDomain}`;
  const a = (address: string): DnsRecord => ({ type: address.includes(":") ? "AAAA" : "A", address });
  const hosts = ["a", "b", "c", "d"].map(name);
  for (const [place, host] of hosts.entries()) {
    const kind = random.below(8);
    if (kind === 0) continue;
    const [own4, own6] = ownAddresses;
    const addresses = [`198.51.100.${place + 1}`, `2001:db8::${place + 1}`];
    records[host] = kind === 1
      ? "failed"
      : kind === 2
      ? []
      : kind === 3
      ? [a(pick([own4!, own6!]))]
      : kind === 4
      ? addresses.map(a)
      : [a(addresses[kind % 2]!)];
  }
  const mx = Array.from({ length: random.below(5) }, (): DnsRecord => ({
    type: "MX",
    preference: pick([5, 10, 10, 20]),
    exchange: random.below(25) === 0 ? "." : pick(hosts),
  }));
  const domain = name("domain");
  if (random.below(10) === 0) records[domain] = "failed";
  else if (mx.length > 0 || random.below(2) === 0) {
    records[domain] = [...mx, ...pick([[], [a("198.51.100.9")]])];
  }
  const hops = [domain, domain, domain, hosts[0]!, `[${hosts[1]!}]`, `${domain}, [${hosts[2]!}]`];
  return { records, nexthop: pick(hops) };
}

/** `STATUS TEXT`, or the hosts that are tried, in no order. */
function ours({ records, nexthop }: HopCase, seed: number): string {
  const dns = memoryDns(records);
  const hop = { ...defaultHopSettings, myhostname: "mail.my.test", ownAddresses, addressLimit: 0 };
  const settings = {
    hop,
    tls: defaultTlsSettings,
    login: defaultRelayLoginSettings,
    addresses: defaultAddressSettings("mail.my.test"),
  };
  const steps = findNextHop({ nexthop, sender: "a@here.test" }, settings, new SeededRandom(seed));
  let step = steps.next();
  while (step.done !== true) {
    const question = step.value;
    step = steps.next(question.kind === "dns" ? dns.answer(question.name, question.type) : undefined);
  }
  const found = step.value;
  if (found.kind === "failed") return `${found.status} ${found.text}`;
  return namesOf(found.hosts.map(({ name, address }) => `${name}[${address}]`));
}

function namesOf(hosts: readonly string[]): string {
  return [...new Set(hosts)].toSorted().join(" ");
}

/** What Postfix's log tells of a recipient: the hosts that its process could not connect to, else why there is none. */
function theirs(log: string, index: number): string | undefined {
  const tried = new Map<string, string[]>();
  for (const line of log.split("\n")) {
    const [, process, text] = / postfix\/smtp\[(\d+)\]: (.*)$/.exec(line) ?? [];
    if (process === undefined || text === undefined) continue;
    const host = /^connect to (\S+\[\S+\]):25: /.exec(text)?.[1];
    if (host !== undefined) tried.set(process, [...tried.get(process) ?? [], host]);
    const outcome = /: to=<u@d(\d+)\.x\.test>.* dsn=(\S+), status=\w+ \((.*)\)$/.exec(text);
    if (outcome === null) continue;
    const hosts = tried.get(process) ?? [];
    tried.delete(process);
    if (Number(outcome[1]) !== index) continue;
    return hosts.length > 0 ? namesOf(hosts) : `${outcome[2]} ${outcome[3]}`;
  }
  return undefined;
}

const services = `127.0.0.1:${port} inet n - n - - smtpd
rewrite unix - - n - - trivial-rewrite
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
smtp unix - - n - - smtp
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
`;

/** The cases' DNS must be asked by this machine. */
export async function compareNextHops(
  cases: readonly HopCase[],
  folder: string,
): Promise<{ readonly passed: number; readonly failed: number }> {
  const log = await logOfPostfix(cases, folder);
  let failed = 0;
  for (const [index, one] of cases.entries()) {
    const wanted = theirs(log, index);
    // Among equals chance decides whose words are the last.
    const got = new Set(Array.from({ length: 20 }, (_, seed) => ours(one, seed)));
    if (wanted !== undefined && got.has(wanted)) continue;
    failed += 1;
    console.log(`FAILED next hop ${one.nexthop} with ${JSON.stringify(one.records)}`);
    console.log(`    Postfix  ${wanted ?? "nothing"}\n    mailsrv  ${[...got].join(" or ")}`);
  }
  return { passed: cases.length - failed, failed };
}

async function logOfPostfix(cases: readonly HopCase[], folder: string): Promise<string> {
  const conf = join(folder, "conf");
  for (const name of ["conf", "queue", "data", "log"]) {
    await Deno.mkdir(join(folder, name), { recursive: true });
  }
  await runProgram("chown", ["postfix", join(folder, "data")]);
  const settings = [
    "compatibility_level = 3.6",
    `queue_directory = ${folder}/queue`,
    `data_directory = ${folder}/data`,
    `maillog_file = ${folder}/log/maillog`,
    `maillog_file_prefixes = ${folder}`,
    "myhostname = mail.my.test",
    "mydestination =",
    "alias_maps =",
    "inet_interfaces = 127.0.0.1, ::1",
    "inet_protocols = all",
    "smtp_mx_address_limit = 0",
    "smtp_connect_timeout = 2s",
    "smtpd_peername_lookup = no",
    `transport_maps = texthash:${conf}/transport`,
    "import_environment = MAIL_CONFIG",
  ];
  await Deno.writeTextFile(join(conf, "main.cf"), `${settings.join("\n")}\n`);
  await Deno.writeTextFile(join(conf, "master.cf"), services);
  const ways = cases.map(({ nexthop }, index) => `d${index}.x.test smtp:${nexthop}`);
  await Deno.writeTextFile(join(conf, "transport"), [...ways, "here.test discard:", ""].join("\n"));
  const started = await runProgram("postfix", ["-c", conf, "start"]);
  if (started.code !== 0) throw new Error(`postfix does not start: ${started.stderr}`);
  const read = () => Deno.readTextFile(join(folder, "log", "maillog"));
  try {
    await send(cases);
    const isDone = async () => {
      const told = new Set(
        Array.from((await read()).matchAll(/to=<u@d(\d+)\.x\.test>.* status=/g), ([, index]) => index),
      );
      return told.size === cases.length;
    };
    await until(isDone, "Postfix has tried all next hops", 60_000);
    return await read();
  } finally {
    await runProgram("postfix", ["-c", conf, "stop"]);
  }
}

async function send(cases: readonly HopCase[]): Promise<void> {
  const client = await LineClient.connect(port);
  await client.line();
  const say = async (command: string) => {
    await client.send(`${command}\r\n`);
    const reply = await client.line();
    if (!/^[23]/.test(reply)) throw new Error(`${command}: ${reply}`);
  };
  await say("HELO here.test");
  for (const index of cases.keys()) {
    await say("MAIL FROM:<a@here.test>");
    await say(`RCPT TO:<u@d${index}.x.test>`);
    await say("DATA");
    await say("Subject: x\r\n\r\nx\r\n.");
  }
  await say("QUIT");
}
