/** Who is local: what RCPT asks before mail is taken, so that nothing has to be returned later (local_recipient_maps). */

import { splitAddress } from "../../kit/mail/address.ts";

import type { Users } from "../../../store/users/users.ts";

import { parseLocalPart } from "../../../mta/address/recipient.ts";

import type { Current } from "./snapshot.ts";

/** Never refused at RCPT, aliased or not (Postfix smtpd check_rcpt_maps). */
const alwaysKnown: readonly string[] = ["postmaster", "mailer-daemon", "double-bounce"];

/** Is there an alias or a user for `address`, whose domain is local? @throws TempFailure */
export async function isLocalRecipient(address: string, current: Current, users: Users): Promise<boolean> {
  const { snapshot } = current;
  const { user, extension, delimiter } = parseLocalPart(splitAddress(address).localPart, snapshot.addresses);
  if (alwaysKnown.includes(user)) return true;
  const names = extension === undefined ? [user] : [`${user}${delimiter ?? ""}${extension}`, user];
  for (const name of names) {
    for (const table of snapshot.aliases) if (await table.lookup(name) !== undefined) return true;
  }
  return await users.find(user) !== undefined;
}
