/**
 * The right-hand side of aliases(5): what a name stands for.
 *
 * A list separated by commas: addresses, `\name` (a local user, not looked up again), `/file/name`, `~/file`,
 * `|command`, `"|command with arguments"`, `:include:/file/name`; `(comments)` and `Full Name <address>` as in RFC 822. Words that are
 * separated by blanks alone are addresses of their own, as administrators write them.
 */

export type AliasTarget =
  | { readonly kind: "address"; readonly address: string }
  /** `\name`: this user's mailbox, whatever aliases say. */
  | { readonly kind: "user"; readonly name: string }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "command"; readonly command: string }
  | { readonly kind: "include"; readonly path: string };

export interface AliasTargets {
  readonly targets: readonly AliasTarget[];
  /** What could not be understood; the targets before it stand. */
  readonly problem?: string | undefined;
}

/**
 * Reads a right-hand side.
 *
 *     parseAliasTargets('joe, "|/bin/x a, b", \\root (local)').targets
 *     ->  address "joe", command "/bin/x a, b", user "root"
 */
export function parseAliasTargets(text: string): AliasTargets {
  const { items, problem } = splitItems(text);
  const targets: AliasTarget[] = [];
  for (const item of items) {
    if (item.quoted && isSpecial(item.text)) targets.push(special(item.text));
    else if (item.quoted || item.text.includes("<")) targets.push(...named(item.text));
    else if (isSpecial(item.text)) targets.push(special(item.text));
    else for (const word of splitWords(item.text)) targets.push(plain(word));
  }
  return problem === undefined ? { targets } : { targets, problem };
}

interface Item {
  /** Comments taken out; the quotes too, when all of it was one quoted string. */
  readonly text: string;
  readonly quoted: boolean;
}

/** Cuts at commas and line ends outside quotes, comments and angle brackets. */
function splitItems(text: string): { readonly items: readonly Item[]; readonly problem?: string } {
  const items: Item[] = [];
  let item = "";
  let comment = 0;
  let quote = false;
  let angle = false;
  const end = () => {
    const trimmed = item.trim();
    const whole = /^"((?:[^"\\]|\\.)*)"$/s.exec(trimmed);
    if (whole !== null) items.push({ text: whole[1]!.replace(/\\(.)/gs, "$1"), quoted: true });
    else if (trimmed !== "") items.push({ text: trimmed, quoted: false });
    item = "";
  };
  for (let index = 0; index < text.length; index++) {
    const char = text[index]!;
    if (char === "\\" && index + 1 < text.length) {
      if (comment === 0) item += char + text[index + 1];
      index++;
    } else if (quote) {
      item += char;
      quote = char !== '"';
    } else if (char === "(") comment++;
    else if (comment > 0) comment -= char === ")" ? 1 : 0;
    else if ((char === "," || char === "\n") && !angle) end();
    else {
      if (char === '"') quote = true;
      else if (char === "<" || char === ">") angle = char === "<";
      item += char;
    }
  }
  const problem = quote
    ? 'a `"` is not closed'
    : comment > 0
    ? "a `(` is not closed"
    : angle
    ? "a `<` is not closed"
    : undefined;
  if (problem !== undefined) return { items, problem };
  end();
  return { items };
}

function isSpecial(text: string): boolean {
  return /^(?:\||~?\/|:include:)/i.test(text);
}

function special(text: string): AliasTarget {
  if (text.startsWith("|")) return { kind: "command", command: text.slice(1).trim() };
  if (/^~?\//.test(text)) return { kind: "file", path: text };
  return { kind: "include", path: text.slice(":include:".length).trim() };
}

/** `Full Name <address>`, or a quoted name that stands alone. */
function named(text: string): AliasTarget[] {
  const bracketed = /<([^<>]*)>\s*$/.exec(text);
  const address = bracketed === null ? quoteIfNeeded(text) : bracketed[1]!.trim();
  return address === "" ? [] : [plain(address)];
}

function quoteIfNeeded(name: string): string {
  return /[\s"(),:;<>@[\\\]]/.test(name) ? `"${name.replace(/["\\]/g, "\\$&")}"` : name;
}

/** Words at blanks outside quotes. */
function splitWords(text: string): readonly string[] {
  return text.match(/(?:"(?:[^"\\]|\\.)*"|\\.|[^\s"\\])+/gs) ?? [];
}

function plain(word: string): AliasTarget {
  if (!word.startsWith("\\")) return { kind: "address", address: word };
  return { kind: "user", name: word.slice(1) };
}
