/** An explanation from the settings and the world: session, rewriting, delivery. */

import { SystemUsers } from "../../kit/os/passwd.ts";

import { deliveryTarget, parseMailLocation } from "../../../store/locator.ts";
import type { Users } from "../../../store/users/users.ts";

import type { ExpansionSettings } from "../../../mta/address/local_settings.ts";
import { isFailure } from "../../../mta/address/lookup.ts";
import { resolveAddress } from "../../../mta/address/resolve.ts";
import type { AddressSettings } from "../../../mta/address/settings.ts";
import { Actors } from "../../../mta/delivery/actors.ts";
import { ListFiles } from "../../../mta/delivery/list_files.ts";
import { realLocalSystem } from "../../../mta/delivery/local_system.ts";
import { NextHopFinder } from "../../../mta/delivery/next_hop_finder.ts";
import { systemMailbox } from "../../../mta/delivery/system_mailbox.ts";
import { parseHop, splitHops } from "../../../mta/dns/hop.ts";
import type { MessageActions } from "../../../mta/policy/verdict.ts";
import { mergeActions } from "../../../mta/reception/kept_session.ts";
import { runAddressEvaluation } from "../../../mta/reception/run_evaluation.ts";
import { destinationTls } from "../../../mta/tls_policy/destination_policy.ts";

import type { LoadedSettings } from "../../config/load.ts";
import { addressSettings } from "../../config/mta/address_settings.ts";
import { cleanupSettings } from "../../config/mta/cleanup_settings.ts";
import { expansionSettings, localDeliverySettings } from "../../config/mta/delivery_settings.ts";
import { nextHopSettings } from "../../config/mta/outgoing_settings.ts";
import { policySettings } from "../../config/mta/policy_settings.ts";
import { settingsView } from "../../config/mta/view.ts";
import type { ListenerService } from "../../config/schema.ts";

import { UsageError } from "../command.ts";
import type { Context } from "../context.ts";
import { mailLocation } from "../serve/mail_location.ts";
import { machineFacts } from "../settings.ts";
import { smtpRoles } from "../smtp_roles.ts";

import { explainAddresses } from "./explain_addresses.ts";
import { explainDelivery } from "./explain_delivery.ts";
import type { HopFinder } from "./explain_hops.ts";
import { explainSession } from "./explain_session.ts";
import type { Branch, Explanation } from "./explanation.ts";
import type { Sentence } from "./sentence.ts";
import { Watched } from "./watched.ts";
import type { ExplainWorld } from "./world.ts";

export interface ComposeOptions {
  readonly context: Context;
  readonly loaded: LoadedSettings;
  readonly users: Pick<Users, "find">;
  readonly world: ExplainWorld;
}

/** @throws UsageError when there is no such service */
export async function composeExplanation(sentence: Sentence, options: ComposeOptions): Promise<Explanation> {
  const { loaded, users, world, context } = options;
  const service = serviceOf(sentence.service);
  const view = settingsView(loaded, service);
  const addresses = addressSettings(settingsView(loaded), machineFacts());
  const { client } = sentence;
  const session = client === undefined ? undefined : await explainSession({ ...sentence, client }, {
    policy: policySettings(view, addresses),
    world,
    hosts: world.hosts,
    role: smtpRoles[service],
    looksUpNames: view.settings.smtpd_peername_lookup,
    ownAddress: addresses.ownAddresses[0] ?? "127.0.0.1",
  });
  const expansion = expansionSettings(loaded.settings, isLocalBy(addresses));
  const local = localDeliverySettings(loaded.settings);
  const lists = new ListFiles({
    users,
    settings: local,
    actors: new Actors({
      users,
      disk: context.disk,
      system: realLocalSystem(new SystemUsers(), context.clock),
      settings: local,
    }),
  });
  const ask = new Watched({ tables: world.tables, users, lists });
  const actions = (session?.stages ?? []).reduce<MessageActions>(
    (merged, { decision }) => mergeActions(merged, decision.actions),
    {},
  );
  const rewritten = await explainAddresses(sentence, {
    settings: cleanupSettings(view.settings, addresses),
    ask,
    actions,
  });
  const location = parseMailLocation(mailLocation(loaded.settings));
  const delivery: Branch[] = [];
  for (const recipient of rewritten.recipients) {
    delivery.push(
      await explainDelivery({ sender: rewritten.sender, recipient }, {
        settings: addresses,
        expansion,
        mailboxBase: loaded.settings.virtual_mailbox_base,
        ask,
        mailboxOf: async (name) => {
          const user = await users.find(name);
          if (user === undefined) return undefined;
          const { format, path } = user.isSystem === true
            ? systemMailbox(user, local)
            : deliveryTarget(location, user);
          return `${format}:${path}`;
        },
        hopsOf: (transport) => hopFinder(transport, addresses, options),
        programOf: (transport) => {
          const way = loaded.transports.get(transport)?.way;
          return way?.kind === "pipe" ? `${way.pipe.command.join(" ")}, as ${way.pipe.user}` : undefined;
        },
      }),
    );
  }
  return {
    sender: sentence.sender,
    recipient: sentence.recipient,
    client: session?.client,
    stages: session?.stages ?? [],
    rewriting: rewritten.branches,
    delivery,
    notes: [
      ...session?.notes ?? [],
      ...isRefused(session) ? [refusedNote] : [],
      ...(client !== undefined && sentence.helo === undefined && view.settings.smtpd_helo_required
        ? ["no HELO is given: MAIL would be answered with 503 (smtpd_helo_required)"]
        : []),
      ...describeActions(actions),
      ...world.notes(),
    ],
  };
}

/** How the client of that name finds hosts. */
function hopFinder(
  transport: string,
  addresses: AddressSettings,
  { loaded, users, world }: ComposeOptions,
): HopFinder | undefined {
  const way = loaded.transports.get(transport)?.way;
  if (way?.kind !== "smtp" && way?.kind !== "lmtp") return undefined;
  const settings = nextHopSettings(way.settings, way.kind, addresses);
  const finder = new NextHopFinder({ ...world, users }, () => settings);
  return {
    find: (request, watch) => finder.find(request, watch),
    tlsOf: async (nexthop) => {
      const hop = parseHop(splitHops(nexthop)[0] ?? "", settings.hop);
      if (hop.kind === "bad") return hop.text;
      const tls = await runAddressEvaluation(destinationTls(hop, settings.tls), { ...world, users });
      return isFailure(tls) ? tls.failure : `${tls.level} (${tls.source})`;
    },
    passwordMaps: settings.login.passwordMaps,
  };
}

const refusedNote = "the mail is refused: what follows is what would become of it if it were not";

/** What access tables want done with the message, beside its recipients. */
function describeActions({ hold, discard, filter, prepend }: MessageActions): readonly string[] {
  return [
    ...(hold === true ? ["the message is put on hold (HOLD): it waits for an administrator"] : []),
    ...(discard === true ? ["the message is accepted and thrown away (DISCARD)"] : []),
    ...(filter === undefined ? [] : [`the message goes to the filter ${filter} first (FILTER)`]),
    ...(prepend ?? []).map((field) => `the message gets the header "${field}" (PREPEND)`),
  ];
}

function isRefused(session: { readonly stages: Explanation["stages"] } | undefined): boolean {
  return session?.stages.some(({ decision: { verdict } }) => verdict.kind !== "permit") === true;
}

function serviceOf(name: string): ListenerService {
  const names = Object.keys(smtpRoles) as readonly ListenerService[];
  const found = names.find((service) => service === name);
  if (found !== undefined) return found;
  throw new UsageError(`explain: there is no service "${name}"; there are ${names.join(", ")}`);
}

/** Delivered here by local(8), as the resolver says. */
function isLocalBy(settings: AddressSettings): ExpansionSettings["isLocal"] {
  return function* (address) {
    const resolved = yield* resolveAddress(address, settings);
    return isFailure(resolved) ? resolved : resolved.class === "local";
  };
}
