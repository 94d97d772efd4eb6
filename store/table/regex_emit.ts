/** Trees of regular expressions to the language's own: flag v, groups named `g1`, `g2`, ... (`regex_tree.ts`). Pure. */

import type { Anchor, RegexNode, RegexTree } from "./regex_tree.ts";
import { someNode } from "./regex_tree.ts";

/** Without the flag m, `^` and `$` are the subject's very ends. */
const anchorTexts: Readonly<Record<Anchor, string>> = {
  start: "^",
  end: "$",
  endOrNewline: "(?=\\n?$)",
  lineStart: "(?:^|(?<=\\n)(?!$))",
  lineEnd: "(?=\\n|$)",
  wordEdge: "\\b",
  notWordEdge: "\\B",
  wordStart: "\\b(?=\\w)",
  wordEnd: "\\b(?<=\\w)",
};

/** @throws SyntaxError when a class of characters is unknown to the language */
export function emitRegex(tree: RegexTree): RegExp {
  const mindsCase = someNode(tree.node, (node) => "ignoreCase" in node && !node.ignoreCase);
  const ignoresCase = someNode(tree.node, (node) => "ignoreCase" in node && node.ignoreCase);
  const emitter = new Emitter(mindsCase && ignoresCase);
  return new RegExp(emitter.emit(tree.node), ignoresCase && !mindsCase ? "iv" : "v");
}

class Emitter {
  readonly #mixed: boolean;
  #atoms = 0;

  /** `mixed`: some parts mind case and some do not, so that each says it itself. */
  constructor(mixed: boolean) {
    this.#mixed = mixed;
  }

  emit(node: RegexNode): string {
    switch (node.kind) {
      case "set":
        return this.#cased(node.text, node.ignoreCase);
      case "sequence":
        return node.parts.map((part) => part.kind === "choice" ? `(?:${this.emit(part)})` : this.emit(part))
          .join("");
      case "choice":
        return node.branches.map((branch) => this.emit(branch)).join("|");
      case "group":
        return `(?<g${node.number}>${this.emit(node.node)})`;
      case "repeat":
        return `${node.node.kind === "set" ? this.emit(node.node) : `(?:${this.emit(node.node)})`}${
          quantifier(node.least, node.most)
        }${node.lazy ? "?" : ""}`;
      case "anchor":
        return anchorTexts[node.anchor];
      case "look":
        // In a non-capturing group, because a look-around itself cannot be repeated.
        return `(?:(?${node.behind ? "<" : ""}${node.negative ? "!" : "="}${this.emit(node.node)}))`;
      case "atomic": {
        // What a look-ahead has found is not tried again.
        const name = `a${++this.#atoms}`;
        return `(?:(?=(?<${name}>${this.emit(node.node)}))\\k<${name}>)`;
      }
      case "back":
        return this.#cased(`\\k<g${node.number}>`, node.ignoreCase);
    }
  }

  #cased(text: string, ignoreCase: boolean): string {
    return this.#mixed && ignoreCase ? `(?i:${text})` : text;
  }
}

function quantifier(least: number, most: number): string {
  if (most === Infinity) return least === 0 ? "*" : least === 1 ? "+" : `{${least},}`;
  if (least === most) return `{${least}}`;
  return least === 0 && most === 1 ? "?" : `{${least},${most}}`;
}
