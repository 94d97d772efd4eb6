/**
 * Where a user's mail is: from Dovecot's mail location to an account, for readers and for local delivery alike.
 *
 * | location | |
 * |---|---|
 * | `maildir:~/Maildir` | Maildir++ tree |
 * | `mbox:~/mail:INBOX=/var/spool/mail/%u` | folders below a directory, INBOX in a file of its own |
 * | `maildir:/srv/mail/%d/%n` | `%u` user, `%n` the part before `@`, `%d` the part after it, `%h` home, `~` home, `%%` |
 *
 * DIAGNOSTICS: an unknown driver, variable or option is ConfigError when the locator is made.
 */

import { ConfigError } from "../tools/kit/base/failure.ts";

import type { Account } from "./account.ts";
import type { StoreContext } from "./mailbox/context.ts";
import type { MailboxLocks } from "./mailbox/mailbox_locks.ts";
import { MaildirAccount } from "./maildir/maildir_account.ts";
import { MboxAccount } from "./mbox/mbox_account.ts";
import type { User } from "./users/users.ts";

/** An account with what the server itself tells it. */
export interface OpenedAccount extends Account {
  /** Something was delivered to this mailbox: who watches it is to look now. */
  delivered(mailbox: string): Promise<void>;
  /** Nobody uses the account now. */
  retire(): Promise<void>;
}

/** Where local delivery puts a user's mail. */
export type DeliveryTarget =
  | { readonly format: "maildir"; readonly path: string }
  | { readonly format: "mbox"; readonly path: string };

export interface MailLocation {
  readonly driver: "maildir" | "mbox";
  /** With variables. */
  readonly path: string;
  /** `INBOX=`; only for mbox. */
  readonly inbox: string | undefined;
}

/** @throws ConfigError */
export function parseMailLocation(location: string): MailLocation {
  const fault = (problem: string) => new ConfigError(`mail location "${location}": ${problem}`);
  const [driver, path, ...options] = location.split(":");
  if (driver !== "maildir" && driver !== "mbox") {
    throw fault(`unknown mail driver "${driver}" (maildir, mbox)`);
  }
  if (path === undefined || path === "") throw fault("no path");
  let inbox: string | undefined;
  for (const option of options) {
    const equals = option.indexOf("=");
    if (driver === "mbox" && option.startsWith("INBOX=")) inbox = option.slice(equals + 1);
    else throw fault(`option "${equals < 0 ? option : option.slice(0, equals)}" is not known to ${driver}`);
  }
  for (const text of [path, inbox ?? ""]) {
    const unknown = /%(?![undh%])./.exec(text)?.[0];
    if (unknown !== undefined || text.endsWith("%")) throw fault(`unknown variable "${unknown ?? "%"}"`);
    if (text !== "" && !/^(?:~|\/|%h)/.test(text)) throw fault(`"${text}" is not absolute`);
  }
  return { driver, path: path.replace(/(?<=.)\/+$/, ""), inbox };
}

/** A user without what a variable names (`%d` without a domain) gets an empty text there, as in Dovecot. */
export function expandMailPath(path: string, user: User): string {
  const at = user.name.lastIndexOf("@");
  const values: Readonly<Record<string, string>> = {
    u: user.name,
    n: at < 0 ? user.name : user.name.slice(0, at),
    d: at < 0 ? "" : user.name.slice(at + 1),
    h: user.home,
    "%": "%",
  };
  return path.replace(/^~(?=\/|$)/, () => user.home).replace(
    /%(.)/g,
    (_, letter: string) => values[letter] ?? "",
  );
}

export class Locator {
  readonly #context: StoreContext;
  readonly #location: MailLocation;
  readonly #locks: MailboxLocks;

  /** @throws ConfigError */
  constructor(context: StoreContext, location: string, locks: MailboxLocks) {
    this.#context = context;
    this.#location = parseMailLocation(location);
    this.#locks = locks;
  }

  /** Nothing is looked at yet; directories are made when they are first needed. */
  open(user: User): OpenedAccount {
    const { format, path: inbox } = deliveryTarget(this.#location, user);
    const root = expandMailPath(this.#location.path, user);
    if (format === "maildir") return new MaildirAccount(this.#context, { user: user.name, root });
    return new MboxAccount(this.#context, { user: user.name, root, inbox, locks: this.#locks });
  }
}

export function deliveryTarget({ driver, path, inbox }: MailLocation, user: User): DeliveryTarget {
  checkUserName(user);
  const root = expandMailPath(path, user);
  if (driver === "maildir") return { format: "maildir", path: root };
  return { format: "mbox", path: inbox === undefined ? `${root}/inbox` : expandMailPath(inbox, user) };
}

/** A name that would lead out of its directory is nobody's. */
function checkUserName({ name }: User): void {
  if (["", ".", ".."].includes(name) || name.includes("/") || name.includes("\0")) {
    throw new ConfigError(`user name "${name}" cannot be part of a path`);
  }
}
