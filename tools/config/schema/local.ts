/** Settings: local delivery as local(8) does it: users, aliases, commands, files, ~/.forward. */

import { boolean, duration, list, text } from "../kinds.ts";
import { maps, words } from "../list_kinds.ts";

const mailTo = ["alias", "forward", "include"];

export const localParameters = {
  system_users: boolean({
    default: false,
    doc: "Let the users of this machine (passwd(5)) have mail too, beside those of passwd_file.",
    origin: "mailsrv",
  }),
  allow_mail_to_commands: list({
    default: "alias, forward",
    words: mailTo,
    doc: "Where |command is allowed: alias tables, ~/.forward, :include: files.",
    origin: "postconf(5)",
  }),
  allow_mail_to_files: list({
    default: "alias, forward",
    words: mailTo,
    doc: "Where /file is allowed.",
    origin: "postconf(5)",
  }),
  default_privs: text({
    default: "nobody",
    doc: "The user in whose name commands and files of alias tables owned by root get mail.",
    origin: "postconf(5)",
  }),
  forward_path: text({
    isRaw: true,
    default: "$home/.forward${recipient_delimiter}${extension}, $home/.forward",
    doc: "Where a user says to whom mail is forwarded; the first of these files that exists.",
    origin: "postconf(5)",
  }),
  mailbox_transport_maps: maps({
    default: [],
    doc: "The mailbox_transport, by user.",
    origin: "postconf(5)",
  }),
  mailbox_transport: text({
    default: "",
    doc: "The transport:nexthop that puts mail into mailboxes of local users. Empty: this server does.",
    origin: "postconf(5)",
  }),
  mailbox_command_maps: maps({
    default: [],
    doc: "The mailbox_command, by user.",
    origin: "postconf(5)",
  }),
  mailbox_command: text({
    isRaw: true,
    default: "",
    doc: "The command that gets mail for local users instead of their mailboxes.",
    origin: "postconf(5)",
  }),
  fallback_transport_maps: maps({
    default: [],
    doc: "The fallback_transport, by recipient.",
    origin: "postconf(5)",
  }),
  fallback_transport: text({
    default: "",
    doc: "The transport:nexthop of mail for local users that there are not.",
    origin: "postconf(5)",
  }),
  luser_relay: text({
    isRaw: true,
    default: "",
    doc: "The address that gets mail for local users that there are not, such as $local@other.example.",
    origin: "postconf(5)",
  }),
  command_time_limit: duration({
    default: "1000s",
    unit: "s",
    min: "1s",
    doc: "How long a command may take.",
    origin: "postconf(5)",
  }),
  local_command_shell: text({
    default: "",
    doc: "The shell for all commands, such as /bin/smrsh -c. Empty: /bin/sh, when a command needs one.",
    origin: "postconf(5)",
  }),
  command_expansion_filter: text({
    isRaw: true,
    default: "1234567890!@%-_=+:,./abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    doc: "The characters that the environment of a command keeps; others become _.",
    origin: "postconf(5)",
  }),
  forward_expansion_filter: text({
    isRaw: true,
    default: "1234567890!@%-_=+:,./abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    doc: "The characters that $name in forward_path keeps; others become _.",
    origin: "postconf(5)",
  }),
  command_execution_directory: text({
    isRaw: true,
    default: "",
    doc: "The directory that commands are started in, such as $home.",
    origin: "postconf(5)",
  }),
  owner_request_special: boolean({
    default: true,
    doc: "With recipient_delimiter -: take owner-name and name-request as whole names.",
    origin: "postconf(5)",
  }),
  expand_owner_alias: boolean({
    default: false,
    doc: "Send mail of a list from what owner-name stands for, not from owner-name.",
    origin: "postconf(5)",
  }),
  reset_owner_alias: boolean({
    default: false,
    doc: "Forget the owner of a list in the lists within it that have none.",
    origin: "postconf(5)",
  }),
  strict_mailbox_ownership: boolean({
    default: true,
    doc: "Put mail only into mailboxes that belong to their user.",
    origin: "postconf(5)",
  }),
  require_home_directory: boolean({
    default: false,
    doc: "Wait with mail for a user whose home is not there.",
    origin: "postconf(5)",
  }),
  authorized_submit_users: words({
    default: "static:anyone",
    doc: "Users of this machine who may hand in mail with send (sendmail).",
    origin: "postconf(5)",
  }),
  prepend_delivered_header: list({
    default: "command, file, forward",
    words: ["command", "file", "forward"],
    doc: "Where Delivered-To: is put above the message.",
    origin: "postconf(5)",
  }),
};
