/** Probes of addresses (reject_unverified_recipient and its like): what a message would come to, without sending one. */

import type { Clock } from "../../kit/base/clock.ts";
import { needsSmtpUtf8 } from "../../kit/mail/address.ts";

import type { DeliveryOutcome, QueuedMessage } from "../../../store/spool/spool.ts";
import type { Users } from "../../../store/users/users.ts";

import { findListed } from "../../../mta/address/listed.ts";
import { isFailure } from "../../../mta/address/lookup.ts";
import { resolveAddress } from "../../../mta/address/resolve.ts";
import type { TransportsByName } from "../../../mta/delivery/routing.ts";
import { toldTransport, unavailableTransport } from "../../../mta/delivery/routing.ts";
import { runAddressEvaluation } from "../../../mta/reception/run_evaluation.ts";

import { probeAddressSettings } from "../../config/mta/address_settings.ts";
import type { Settings } from "../../config/schema.ts";

import type { Current } from "./snapshot.ts";

export interface ProbeOptions {
  readonly current: Current;
  readonly users: Users;
  /** Ways out; the one that an address has is asked what it would do. */
  readonly transports: TransportsByName;
  readonly clock: Clock;
}

/** What would become of mail for the address: tables first, then, for hosts elsewhere, what they say to RCPT. */
export async function probe(address: string, options: ProbeOptions): Promise<DeliveryOutcome> {
  const { current, users } = options;
  const { addresses, settings, tables } = current.snapshot;
  const world = { tables, users };
  const probed = probeAddressSettings(addresses, settings);
  const resolved = await runAddressEvaluation(resolveAddress(address, probed), world);
  if (isFailure(resolved)) return { kind: "deferred", status: "4.3.0", text: "address resolver failure" };
  const listing = await runAddressEvaluation(findListed(address, "recipient", probed, resolved), world);
  switch (listing.kind) {
    case "failure":
      return { kind: "deferred", status: "4.3.0", text: "address resolver failure" };
    case "unlisted":
      return {
        kind: listing.code < 500 ? "deferred" : "failed",
        status: listing.status,
        text: listing.text,
      };
    case "listed":
      if (resolved.class === "local" || resolved.class === "virtual") {
        return { kind: "delivered", status: "2.1.5", text: "delivers to mailbox" };
      }
      return await askTransport(address, resolved, options);
  }
}

async function askTransport(
  address: string,
  { transport: name, nexthop }: { readonly transport: string; readonly nexthop: string },
  { current: { snapshot: { settings } }, transports, clock }: ProbeOptions,
): Promise<DeliveryOutcome> {
  const transport = toldTransport(name, nexthop) ?? transports(name) ?? unavailableTransport(name);
  const message: QueuedMessage = {
    id: "PROBE",
    queue: "active",
    envelope: {
      sender: probeSender(settings),
      recipients: [{ address, original: address }],
      arrivedMs: clock.now(),
      attributes: {},
      smtpUtf8: needsSmtpUtf8(address),
      body: "7BIT",
      trace: "verify",
    },
    octets: 0,
    outcomes: [undefined],
    nextAttemptMs: 0,
    attempts: 0,
  };
  let outcome: DeliveryOutcome = { kind: "deferred", status: "4.3.0", text: "mail transport unavailable" };
  const content = async function* () {};
  await transport.verify?.({ message, nexthop, recipients: [0], content }, (_index, report) => {
    outcome = report.outcome;
  });
  return outcome;
}

/** postconf(5) address_verify_sender */
function probeSender({ address_verify_sender: sender, myorigin }: Settings): string {
  if (sender === "" || sender === "<>") return "";
  return sender.includes("@") ? sender : `${sender}@${myorigin}`;
}
