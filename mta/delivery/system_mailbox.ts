/** Where a user of the system gets mail (local(8)): home_mailbox, else a file of mail_spool_directory. */

import type { User } from "../../store/users/users.ts";

import type { MailboxLocation } from "./local_reach.ts";
import type { LocalDeliverySettings } from "./local_settings.ts";

/**
 * A `/` at the end of either says that it is a maildir.
 *
 *     systemMailbox(joe, { homeMailbox: "Maildir/", ... })  ->  maildir /home/joe/Maildir
 */
export function systemMailbox(
  user: Pick<User, "name" | "home">,
  settings: Pick<LocalDeliverySettings, "homeMailbox" | "mailSpoolDirectory">,
): MailboxLocation {
  const { homeMailbox, mailSpoolDirectory } = settings;
  const isMaildir = (homeMailbox || mailSpoolDirectory).endsWith("/");
  const path = homeMailbox === ""
    ? `${mailSpoolDirectory.replace(/\/+$/, "")}/${user.name}`
    : `${user.home}/${homeMailbox.replace(/\/+$/, "")}`;
  return { format: isMaildir ? "maildir" : "mbox", path };
}
