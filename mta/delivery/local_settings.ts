/** How local(8) delivers: parameters of postconf(5). */

export interface LocalDeliverySettings {
  /** forward_path: candidates with `$home`, `$user`, `$extension`, ... */
  readonly forwardPath: readonly string[];
  readonly forwardExpansionFilter: string;
  readonly requireHomeDirectory: boolean;
  /** default_privs: the user for commands and files of aliases that belong to root. */
  readonly defaultPrivs: string;
  readonly homeMailbox: string;
  readonly mailSpoolDirectory: string;
  readonly strictMailboxOwnership: boolean;
  readonly commandTimeLimitMs: number;
  /** local_command_shell; empty: a shell only where the command needs one. */
  readonly commandShell: string;
  readonly commandExpansionFilter: string;
  /** command_execution_directory; empty: `/`. */
  readonly commandDirectory: string;
  readonly myhostname: string;
  /** mail_name */
  readonly mailName: string;
  readonly mydomain: string;
}

const expansionFilter = "1234567890!@%-_=+:,./abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** Postfix's defaults. */
export function defaultLocalDeliverySettings(
  changes: Partial<LocalDeliverySettings> = {},
): LocalDeliverySettings {
  return {
    forwardPath: ["$home/.forward${recipient_delimiter}${extension}", "$home/.forward"],
    forwardExpansionFilter: expansionFilter,
    requireHomeDirectory: false,
    defaultPrivs: "nobody",
    homeMailbox: "",
    mailSpoolDirectory: "/var/mail",
    strictMailboxOwnership: true,
    commandTimeLimitMs: 1_000_000,
    commandShell: "",
    commandExpansionFilter: expansionFilter,
    commandDirectory: "",
    myhostname: "localhost.localdomain",
    mailName: "Postfix",
    mydomain: "localdomain",
    ...changes,
  };
}
