/**
 * What a message of an mbox carries beside its text, in header fields that clients never see (c-client's, Dovecot's):
 *
 * | field | value |
 * |---|---|
 * | `X-IMAPbase` | UIDVALIDITY, the last UID given (ten digits), keywords; in the first message |
 * | `X-IMAP` | the same, in the placeholder that stands first where a mailbox has been emptied |
 * | `X-UID` | UID |
 * | `Status` | R \Seen, O no longer \Recent |
 * | `X-Status` | A \Answered, F \Flagged, D \Deleted, T \Draft |
 * | `X-Keywords` | keywords, blanks between; Dovecot knows only those that `X-IMAPbase` lists |
 * | `Content-Length` | octets of the body; so lines in it that look like a separator are none |
 *
 * Blanks at the end of a value are room for changes in place.
 */

import type { Flag, Uid, UidValidity } from "../account.ts";
import { canonicalFlags } from "../mailbox/flags.ts";

export const hiddenFields: ReadonlySet<string> = new Set([
  "x-imapbase",
  "x-imap",
  "x-uid",
  "status",
  "x-status",
  "x-keywords",
  "content-length",
]);

export interface MboxBase {
  readonly uidValidity: UidValidity;
  readonly lastUid: Uid;
  readonly keywords: readonly Flag[];
}

/** UIDs have 32 bits. No mailbox comes near; a forged field must not leave the next message without a number. */
const maxLastUid = 4_000_000_000;

const flagByLetter: Readonly<Record<string, Flag>> = {
  A: "\\Answered",
  D: "\\Deleted",
  F: "\\Flagged",
  T: "\\Draft",
};

/** Room that new fields get for keywords to come. */
const keywordRoom = 40;
const baseRoom = 100;

export function parseBase(value: string): MboxBase | undefined {
  const [validity, last, ...keywords] = value.trim().split(/\s+/);
  if (!/^\d{1,10}$/.test(validity ?? "") || !/^\d{1,10}$/.test(last ?? "")) return undefined;
  const uidValidity = Number(validity);
  const lastUid = Number(last);
  if (uidValidity === 0 || uidValidity >= 2 ** 32 || lastUid > maxLastUid) return undefined;
  return { uidValidity, lastUid, keywords };
}

/** Fixed width, so that the last UID is changed in place. */
export function formatBase(base: MboxBase): string {
  const keywords = base.keywords.map((keyword) => ` ${keyword}`).join("");
  return `${base.uidValidity} ${String(base.lastUid).padStart(10, "0")}${keywords}`;
}

/** Flags by the values of `Status`, `X-Status` and `X-Keywords`. */
export function flagsOfFields(fields: ReadonlyMap<string, string>): readonly Flag[] {
  const flags: Flag[] = (fields.get("x-keywords") ?? "").split(/\s+/)
    .filter((keyword) => keyword !== "" && !keyword.startsWith("\\"));
  if (fields.get("status")?.includes("R") === true) flags.push("\\Seen");
  for (const letter of fields.get("x-status") ?? "") {
    const flag = flagByLetter[letter];
    if (flag !== undefined) flags.push(flag);
  }
  return canonicalFlags(flags);
}

/** Values of `status`, `x-status` and `x-keywords` for these flags. */
export function fieldsOfFlags(
  flags: readonly Flag[],
  options: { readonly old: boolean },
): ReadonlyMap<string, string> {
  const letters = Object.keys(flagByLetter).filter((letter) => flags.includes(flagByLetter[letter]!)).join(
    "",
  );
  return new Map([
    ["status", `${flags.includes("\\Seen") ? "R" : ""}${options.old ? "O" : ""}`],
    ["x-status", letters],
    ["x-keywords", flags.filter((flag) => !flag.startsWith("\\")).join(" ")],
  ]);
}

export interface Metadata {
  readonly uid: Uid;
  readonly flags: readonly Flag[];
  readonly old: boolean;
  readonly bodyOctets: number;
  /** In the first message. */
  readonly base?: MboxBase | undefined;
}

/** The fields as they stand at the end of a header, with room for other flags. */
export function formatMetadata(metadata: Metadata): string {
  const { uid, flags, old, bodyOctets, base } = metadata;
  const values = fieldsOfFlags(flags, { old });
  const keywords = values.get("x-keywords")!;
  return (base === undefined ? "" : `X-IMAPbase: ${formatBase(base).padEnd(baseRoom)}\n`) +
    `X-UID: ${uid}\n` +
    `Status: ${values.get("status")!.padEnd(2)}\n` +
    `X-Status: ${values.get("x-status")!.padEnd(4)}\n` +
    `X-Keywords: ${keywords.padEnd(keywordRoom)}\n` +
    formatContentLength(bodyOctets);
}

/** Alone where a message is delivered: what else it carries is written when somebody first looks. */
export function formatContentLength(bodyOctets: number): string {
  return `Content-Length: ${bodyOctets}\n`;
}

/** The message that keeps an emptied mailbox's numbers; its subject is what mail programs know it by. */
export function formatPlaceholder(base: MboxBase, fromLine: string): string {
  return `${fromLine}\n` +
    "From: Mail System Internal Data <MAILER-DAEMON@localhost>\n" +
    "Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\n" +
    `X-IMAP: ${formatBase(base).padEnd(baseRoom)}\n` +
    "Status: RO\n" +
    "\n" +
    "Not a real message: it keeps the numbers that mail readers know this folder's\n" +
    "messages by. If it is deleted, they will read the whole folder anew.\n" +
    "\n";
}
