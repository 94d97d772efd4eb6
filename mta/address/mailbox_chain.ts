/** Where the mail of a user ends, and that of somebody who is none, when no alias and no file says (local(8)). */

import type { DestinationKind } from "./expansion_tree.ts";
import { expandMacros, recipientValues } from "./local_macros.ts";
import type { ExpansionSettings } from "./local_settings.ts";
import type { Evaluation, LookupFailure, TableQuestion } from "./lookup.ts";
import { askOwnTable, isFailure } from "./lookup.ts";
import type { LocalRecipient } from "./recipient.ts";
import type { Maps } from "./settings.ts";

/** Accounts that a site must have: mail to them is thrown away rather than refused when they lead nowhere. */
const requiredAliases: readonly string[] = ["postmaster", "mailer-daemon"];

type Chain = Evaluation<DestinationKind | LookupFailure, TableQuestion>;

/** mailbox_transport(_maps), mailbox_command(_maps), and the mailbox. */
export function* decideMailbox(recipient: LocalRecipient, settings: ExpansionSettings): Chain {
  const { user } = recipient;
  const transport = yield* askFirst(settings.mailboxTransportMaps, user, settings.mailboxTransport);
  if (isFailure(transport)) return transport;
  if (transport !== "") return { kind: "transport", transport, recipient };
  const command = yield* askFirst(settings.mailboxCommandMaps, user, settings.mailboxCommand);
  if (isFailure(command)) return command;
  if (command === "") return { kind: "user", recipient };
  return { kind: "command", command, as: { kind: "user", name: user }, recipient, isMailbox: true };
}

/** fallback_transport(_maps), and the end: required names are discarded, others unknown. */
export function* decideUnknown(recipient: LocalRecipient, settings: ExpansionSettings): Chain {
  const { user } = recipient;
  const transport = yield* askFirst(settings.fallbackTransportMaps, user, settings.fallbackTransport);
  if (isFailure(transport)) return transport;
  if (transport !== "") return { kind: "transport", transport, recipient };
  return requiredAliases.includes(user)
    ? { kind: "discarded", reason: `required alias not found: ${user}` }
    : { kind: "refused", status: "5.1.1", text: `unknown user: "${user}"` };
}

/** The address that luser_relay means for this recipient; values that there are none of are empty. */
export function luserRelayOf(
  recipient: LocalRecipient,
  address: string,
  settings: ExpansionSettings,
): string | undefined {
  const values = { home: "", shell: "", ...recipientValues(recipient, address) };
  const given = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value ?? ""]));
  return expandMacros(settings.luserRelay, given) || undefined;
}

function* askFirst(
  maps: Maps,
  key: string,
  otherwise: string,
): Evaluation<string | LookupFailure, TableQuestion> {
  for (const table of maps) {
    const hit = yield* askOwnTable(table, key);
    if (hit !== undefined) return isFailure(hit) ? hit : hit.value;
  }
  return otherwise;
}
