/** Where a local part ends and its extension begins (postconf(5) recipient_delimiter). */

/** Local parts whose delimiter is part of the name (local(8)). */
const indivisible: readonly string[] = ["mailer-daemon", "postmaster", "double-bounce"];

export interface ExtensionSettings {
  /** Any of these characters begins an extension; empty: none does. */
  readonly recipientDelimiter: string;
  /** Default true: with `-` for a delimiter, owner-X and X-request are names of their own. */
  readonly ownerRequestSpecial?: boolean;
}

/**
 * The index of the delimiter in a local part without quotes, or `undefined`. A name that begins with a delimiter has no
 * extension.
 *
 *     findDelimiter("joe+lists", { recipientDelimiter: "+-" })  ->  3
 */
export function findDelimiter(plain: string, settings: ExtensionSettings): number | undefined {
  const { recipientDelimiter, ownerRequestSpecial = true } = settings;
  const name = plain.toLowerCase();
  if (indivisible.includes(name)) return undefined;
  if (ownerRequestSpecial && recipientDelimiter.includes("-")) {
    if (name.startsWith("owner-") || (name.endsWith("-request") && name !== "-request")) return undefined;
  }
  const index = [...recipientDelimiter].map((char) => plain.indexOf(char)).filter((at) => at >= 0);
  const first = Math.min(...index);
  return first > 0 && first !== Infinity ? first : undefined;
}
