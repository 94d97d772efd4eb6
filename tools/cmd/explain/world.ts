/**
 * The world as an explanation has it: tables, users and the DNS are asked; policy services and probes are not, since asking
 * them changes what they will say next (greylisting counts).
 */

import { utf8Text } from "../../kit/base/bytes.ts";
import type { Log } from "../../kit/base/log.ts";
import type { Random } from "../../kit/base/random.ts";
import { fetchHttpsText } from "../../kit/net/https_text.ts";

import { DiskError } from "../../../store/file/disk.ts";
import type { OpenTables } from "../../../store/table/tables.ts";
import { openTables } from "../../../store/table/tables.ts";
import type { Users } from "../../../store/users/users.ts";

import { StsPolicies } from "../../../mta/delivery/sts_policies.ts";
import type { Hosts } from "../../../mta/dns/hosts.ts";
import { noHosts, parseHosts } from "../../../mta/dns/hosts.ts";
import type { Dns, DnsAnswer } from "../../../mta/dns/record.ts";
import { DnsResolver } from "../../../mta/dns/resolver.ts";
import type { PolicyWorld } from "../../../mta/reception/run_evaluation.ts";
import { maxStsPolicyOctets } from "../../../mta/tls_policy/sts_policy.ts";

import type { Settings } from "../../config/schema.ts";

import type { Context } from "../context.ts";
import { processTables } from "../process_tables.ts";
import { dnsSettings } from "../serve/dns_part.ts";

export interface ExplainWorld extends PolicyWorld {
  readonly tables: OpenTables;
  readonly hosts: Hosts;
  readonly sts: StsPolicies;
  readonly random: Random;
  /** What was not asked, and what was taken to be the answer. */
  readonly notes: () => readonly string[];
}

export interface ExplainWorldOptions {
  readonly settings: Settings;
  readonly users: Pick<Users, "find">;
  readonly asksDns: boolean;
  readonly log: Log;
}

/** What the DNS says that is not asked. */
export const notAsked = "not asked";
const maxHostsOctets = 1 << 20;

export async function openExplainWorld(
  context: Context,
  { settings, users, asksDns, log }: ExplainWorldOptions,
): Promise<ExplainWorld> {
  const { disk, clock, random } = context;
  const assumed = new Set<string>();
  const assume = <T>(note: string, answer: T): Promise<T> => {
    assumed.add(note);
    return Promise.resolve(answer);
  };
  const silence: DnsAnswer = { kind: "failed", text: notAsked };
  const dns: Dns = asksDns
    ? new DnsResolver(await dnsSettings(settings, disk), { clock, random })
    : { query: () => assume("the DNS was not asked (--no-dns): its answers count as failed", silence) };
  return {
    tables: openTables({ ...processTables, disk, log, clock, random }),
    hosts: await readHosts(context),
    users,
    dns,
    random,
    sts: new StsPolicies({
      dns,
      clock,
      fetchText: (url) =>
        fetchHttpsText(url, {
          clock,
          limitMs: settings.smtp_mta_sts_timeout,
          maxOctets: maxStsPolicyOctets,
        }),
    }),
    service: (server) => assume(`policy service ${server} was not asked: DUNNO is assumed`, "DUNNO"),
    verify: (address) =>
      assume(`${address} was not probed: it is taken to be deliverable`, {
        status: "deliverable",
        text: "not probed",
      }),
    sleep: () => Promise.resolve(),
    notes: () => [...assumed],
  };
}

/** Hosts that this machine knows without the DNS. */
async function readHosts({ disk }: Context): Promise<Hosts> {
  try {
    return parseHosts(utf8Text(await disk.readFile("/etc/hosts", maxHostsOctets)));
  } catch (thrown) {
    if (!(thrown instanceof DiskError)) throw thrown;
    return noHosts;
  }
}
