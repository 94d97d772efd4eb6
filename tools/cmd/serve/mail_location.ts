/** Where the mailboxes are, by the settings, and which directories the store worker may touch for them. */

import { dirname } from "@std/path";

import { expandMailPath, parseMailLocation } from "../../../store/locator.ts";
import type { User } from "../../../store/users/users.ts";

import type { Settings } from "../../config/schema.ts";

/** mail_location; when it is empty what home_mailbox and mail_spool_directory mean (local(8)). */
export function mailLocation(settings: Settings): string {
  if (settings.mail_location !== "") return settings.mail_location;
  const { home_mailbox: homeMailbox, mail_spool_directory: spool } = settings;
  if (homeMailbox.endsWith("/")) return `maildir:~/${homeMailbox.slice(0, -1)}`;
  if (homeMailbox !== "") return `mbox:~/mail:INBOX=~/${homeMailbox}`;
  return `mbox:~/mail:INBOX=${spool}/%u`;
}

/** Directories that hold the mail of users whose home is by mail_home: all below the first variable. */
export function commonMailDirectories(settings: Settings): readonly string[] {
  const { path, inbox } = parseMailLocation(mailLocation(settings));
  const places = [path, inbox ?? ""].filter((place) => place !== "");
  return [...new Set(places.map((place) => fixedPart(place.replace(/^~|%h/, settings.mail_home))))];
}

/** Directories that one user's mail is made in: lock files stand beside an mbox, a new maildir in the home. */
export function mailDirectoriesOf(user: User, settings: Settings): readonly string[] {
  const { path, inbox } = parseMailLocation(mailLocation(settings));
  const places = [path, inbox ?? ""].filter((place) => place !== "");
  return [...new Set(places.map((place) => dirname(expandMailPath(place, user))))];
}

/** A path with `..` in it is below nothing: where it leads is not to be seen from its beginning. */
export function isBelow(path: string, directories: readonly string[]): boolean {
  if (path.split("/").includes("..")) return false;
  return directories.some((directory) => path === directory || path.startsWith(`${directory}/`));
}

/** `/srv/mail/%d/%n` is in `/srv/mail`. */
function fixedPart(pattern: string): string {
  const variable = pattern.indexOf("%");
  return variable < 0 ? pattern : pattern.slice(0, pattern.lastIndexOf("/", variable)) || "/";
}
