/** Settings: aliases, and where and how mail is put into mailboxes. */

import { duration, integer, list, octets, path, text } from "../kinds.ts";
import { location } from "../location.ts";
import { maps } from "../list_kinds.ts";

export const mailboxParameters = {
  alias_maps: maps({
    default: [],
    doc: "Tables of aliases for local names, asked in this order; Postfix's is usually hash:/etc/aliases.",
    origin: "postconf(5)",
  }),
  alias_database: maps({
    default: "$alias_maps",
    doc: "The tables that `mailsrv alias build` and newaliases make.",
    origin: "postconf(5)",
  }),
  recipient_delimiter: text({
    default: "",
    doc:
      "Characters of which the first in a local part begins its extension: with +, user+news is mail for user.",
    origin: "postconf(5)",
  }),
  mailbox_size_limit: octets({
    default: 51_200_000,
    doc: "The largest mbox file (or message of a maildir). 0: no limit.",
    origin: "postconf(5)",
  }),
  mailbox_delivery_lock: list({
    default: "fcntl, dotlock",
    words: ["fcntl", "flock", "dotlock"],
    doc: "How an mbox file is locked, in this order; other programs that write it must use the same order.",
    origin: "postconf(5)",
  }),
  deliver_lock_attempts: integer({
    default: 20,
    min: 1,
    doc: "With deliver_lock_delay: how long a mailbox's lock is tried before the delivery is put off.",
    origin: "postconf(5)",
  }),
  deliver_lock_delay: duration({
    default: "1s",
    unit: "s",
    doc: "By deliver_lock_attempts times this a mailbox's lock is tried; more often meanwhile.",
    origin: "postconf(5)",
  }),
  stale_lock_time: duration({
    default: "500s",
    unit: "s",
    min: "1s",
    doc: "A lock file of an mbox that is older than this was left by a program that died.",
    origin: "postconf(5)",
  }),
  mail_location: location({
    default: "",
    doc:
      "Where a user's mail is: maildir:~/Maildir, or mbox:~/mail:INBOX=/var/mail/%u. ~ is the home, %u the " +
      "user. Empty: from home_mailbox and mail_spool_directory.",
    origin: "dovecot",
  }),
  mail_spool_directory: path({
    default: "/var/mail",
    doc: "The directory of one mbox file a user, when neither mail_location nor home_mailbox is set.",
    origin: "postconf(5)",
  }),
  home_mailbox: text({
    default: "",
    doc:
      "The mailbox in a user's home: Maildir/ (with / at its end) is a maildir, another name an mbox file.",
    origin: "postconf(5)",
  }),
  mail_home: path({
    default: "$data_directory/mail/%u",
    doc:
      "The home of a user whose passwd_file line names none; %u is the user, %n the part before @, %d after it.",
    origin: "dovecot",
  }),
};
