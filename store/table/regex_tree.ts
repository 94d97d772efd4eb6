/**
 * Regular expressions as trees, pure: what `posix_regex.ts` and `pcre_regex.ts` read, what `regex_emit.ts` writes in
 * the language's own notation, and what `regex_machine.ts` runs where that notation could take exponential time.
 */

export type Anchor =
  | "start"
  | "end"
  /** The end, or before a newline that ends the subject. */
  | "endOrNewline"
  /** After each newline too, but not behind one that ends the subject. */
  | "lineStart"
  | "lineEnd"
  | "wordEdge"
  | "notWordEdge"
  | "wordStart"
  | "wordEnd";

export type RegexNode =
  /** One character; `text` is a class or a character in the notation of the flag v. */
  | { readonly kind: "set"; readonly text: string; readonly ignoreCase: boolean }
  | { readonly kind: "sequence"; readonly parts: readonly RegexNode[] }
  | { readonly kind: "choice"; readonly branches: readonly RegexNode[] }
  /** What `$1` is; numbers can come again in different branches of a choice. */
  | { readonly kind: "group"; readonly number: number; readonly node: RegexNode }
  | {
    readonly kind: "repeat";
    readonly node: RegexNode;
    readonly least: number;
    readonly most: number;
    readonly lazy: boolean;
  }
  | { readonly kind: "anchor"; readonly anchor: Anchor }
  | {
    readonly kind: "look";
    readonly behind: boolean;
    readonly negative: boolean;
    readonly node: RegexNode;
  }
  /** Matches once as it does first, and is never tried otherwise. */
  | { readonly kind: "atomic"; readonly node: RegexNode }
  | { readonly kind: "back"; readonly number: number; readonly ignoreCase: boolean };

export interface RegexTree {
  readonly node: RegexNode;
  /** Highest number of a group. */
  readonly groups: number;
  /** What an author may not have meant. */
  readonly warning?: string;
}

/** A pattern that cannot be read; the message says what and where in it. */
export class RegexError extends Error {
  override readonly name = "RegexError";
}

/** Most that `{n}` may ask for: RE_DUP_MAX of glibc, and PCRE's limit of 65535 cut to it. */
export const maxRepeat = 32767;

/** A node of several: their sequence, or the one itself. */
export function sequence(parts: readonly RegexNode[]): RegexNode {
  return parts.length === 1 ? parts[0]! : { kind: "sequence", parts };
}

export function choice(branches: readonly RegexNode[]): RegexNode {
  return branches.length === 1 ? branches[0]! : { kind: "choice", branches };
}

/** A character in the notation of the flag v, inside and outside of classes. */
export function charText(char: string): string {
  return /^[A-Za-z0-9]$/.test(char) ? char : `\\u{${char.codePointAt(0)!.toString(16)}}`;
}

/** `true` for each kind of child that `test` holds for, at any depth. */
export function someNode(node: RegexNode, test: (node: RegexNode) => boolean): boolean {
  return test(node) || childrenOf(node).some((child) => someNode(child, test));
}

function childrenOf(node: RegexNode): readonly RegexNode[] {
  switch (node.kind) {
    case "sequence":
      return node.parts;
    case "choice":
      return node.branches;
    case "group":
    case "repeat":
    case "look":
    case "atomic":
      return [node.node];
    case "set":
    case "anchor":
    case "back":
      return [];
  }
}

/**
 * Whether trying the ways to match can take exponential time: something repeated without limit that itself can match
 * in several ways, such as `(a+)+` and `(a|b?)*`.
 */
export function isExplosive(tree: RegexTree): boolean {
  const isVaried = (node: RegexNode) =>
    node.kind === "choice" || (node.kind === "repeat" && node.least !== node.most);
  return someNode(
    tree.node,
    (node) => node.kind === "repeat" && node.most > 8 && someNode(node.node, isVaried),
  );
}

/**
 * How many ways there are to lay a pattern over a subject of `length`, about: what trying them one after another may cost.
 *
 *     .*a.*b.*  over 100 characters, from its start  ->  1,030,301
 */
export function waysToMatch({ node }: RegexTree, length: number): number {
  const isAtStart = node.kind === "anchor"
    ? node.anchor === "start"
    : node.kind === "sequence" && node.parts[0]?.kind === "anchor" && node.parts[0].anchor === "start";
  return waysOf(node, length) * (isAtStart ? 1 : length + 1);
}

function waysOf(node: RegexNode, length: number): number {
  switch (node.kind) {
    case "sequence":
      return node.parts.reduce((ways, part) => ways * waysOf(part, length), 1);
    case "choice":
      return node.branches.reduce((ways, branch) => ways + waysOf(branch, length), 0);
    case "repeat": {
      const most = Math.min(node.most, Math.max(length, node.least));
      return (most - node.least + 1) * waysOf(node.node, length) ** Math.min(most, 1000);
    }
    case "group":
    case "look":
    case "atomic":
      return waysOf(node.node, length);
    case "set":
    case "anchor":
    case "back":
      return 1;
  }
}
