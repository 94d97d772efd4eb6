/** Which hosts a recipient elsewhere would be sent to, over which TLS, and as whom. */

import type { HopHost, NextHop, NextHopQuestion, NextHopRequest } from "../../../mta/delivery/next_hop.ts";
import { describeLookup } from "../../../mta/policy/looked.ts";
import type { Looked } from "../../../mta/policy/verdict.ts";
import type { Watch } from "../../../mta/reception/run_evaluation.ts";
import type { StsAnswer } from "../../../mta/tls_policy/sts_question.ts";

import type { Branch } from "./explanation.ts";
import { notAsked } from "./world.ts";

export interface HopFinder {
  find(request: NextHopRequest, watch: Watch<NextHopQuestion>): Promise<NextHop>;
  /** What tables say of TLS to a next hop, whatever its hosts are. */
  tlsOf(nexthop: string): Promise<string>;
  /** Their values are not shown. */
  readonly passwordMaps: readonly string[];
}

/** `undefined`: the transport sends to no other host. */
export type HopsOf = (transport: string) => HopFinder | undefined;

export async function explainHops(
  { transport, nexthop, sender }: NextHopRequest & { readonly transport: string },
  hopsOf: HopsOf,
): Promise<readonly Branch[]> {
  const hops = hopsOf(transport);
  if (hops === undefined || nexthop.startsWith("unix:")) return [];
  const looked: Looked[] = [];
  const found = await hops.find(
    { nexthop: nexthop.replace(/^inet:/, ""), sender },
    (question, answer) => looked.push(describeQuestion(question, answer, hops.passwordMaps)),
  );
  if (found.kind === "failed" && found.text === notAsked) {
    const level = await hops.tlsOf(nexthop);
    return [{
      text: "hosts: as the DNS says, which was not asked",
      looked,
      branches: [{ text: `TLS: ${level}` }],
    }];
  }
  const notes = found.notes.map((note): Branch => ({ text: `note: ${note}` }));
  if (found.kind === "failed") {
    const fate = found.status.startsWith("5") ? "bounced" : "deferred";
    return [{ text: `no host: ${fate}: ${found.status} ${found.text}`, looked, branches: notes }];
  }
  const order = found.hosts.length > 1 ? "hosts, tried in this order (equal ones by chance)" : "host";
  return [{ text: order, looked, branches: [...found.hosts.map(describeHost), ...notes] }];
}

function describeHost({ name, address, port, preference, isFallback, tls, login }: HopHost): Branch {
  const words = [
    `${name}[${address}]:${port}`,
    ...(preference === 0 ? [] : [`preference ${preference}`]),
    ...(isFallback ? ["by smtp_fallback_relay"] : []),
  ];
  const names = tls.level === "verify" || tls.level === "secure"
    ? [`certificate for ${tls.match.join(" or ")}`]
    : [];
  const why = [tls.reason.source, ...tls.reason.notes, ...names].join("; ");
  return {
    text: words.join(", "),
    branches: [
      { text: `TLS: ${tls.level} (${why})` },
      ...(login === undefined ? [] : [{ text: `logs in as ${login.user} (${login.source})` }]),
    ],
  };
}

function describeQuestion(
  question: NextHopQuestion,
  answer: unknown,
  passwordMaps: readonly string[],
): Looked {
  switch (question.kind) {
    case "table": {
      const looked = describeLookup(question, answer);
      const isSecret = passwordMaps.includes(question.table) && looked.failed !== true;
      return isSecret ? { ...looked, answer: looked.answer?.replace(/:.*$/s, ":...") } : looked;
    }
    case "user":
    case "dns":
      return describeLookup(question, answer);
    case "hosts": {
      const addresses = answer as readonly string[];
      const text = addresses.length === 0 ? undefined : addresses.join(", ");
      return { where: "hosts", key: question.name, answer: text };
    }
    case "sts": {
      const { policy, note } = answer as StsAnswer;
      const text = policy === undefined ? note : `${policy.mode}: ${policy.mx.join(", ")}`;
      return { where: "MTA-STS", key: question.domain, answer: text };
    }
  }
}
