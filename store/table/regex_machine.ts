/**
 * Runs a regular expression in a time that grows with the subject's length only (Thompson 1968; Pike's captures): all
 * ways to match go forward together, the one that Perl would try first wins. Slower than the language's own engine by a
 * factor, but no subject can hold the server up. Pure.
 */

import type { Anchor, RegexNode, RegexTree } from "./regex_tree.ts";
import { someNode } from "./regex_tree.ts";

/** Positions where groups begin and end: 2n and 2n + 1 of group n; group 0 is the whole match. */
export type Slots = readonly (number | undefined)[];

type Step =
  | { readonly kind: "char"; readonly test: (code: number) => boolean }
  | { readonly kind: "split"; first: number; second: number }
  | { readonly kind: "jump"; to: number }
  | { readonly kind: "save"; readonly slot: number }
  | { readonly kind: "anchor"; readonly anchor: Anchor }
  | { readonly kind: "match" };

interface Thread {
  readonly at: number;
  readonly slots: Slots;
}

const maxSteps = 10_000;

export class RegexMachine {
  readonly #steps: readonly Step[];
  /** At which position a step was last put on the list, so that it stands there once. */
  readonly #seen: Float64Array;
  #mark = 0;

  private constructor(steps: readonly Step[]) {
    this.#steps = steps;
    this.#seen = new Float64Array(steps.length);
  }

  /** `undefined` for what it cannot run: back-references, look-arounds, atomic groups, and very large patterns. */
  static compile({ node }: RegexTree): RegexMachine | undefined {
    if (someNode(node, ({ kind }) => kind === "back" || kind === "look" || kind === "atomic")) {
      return undefined;
    }
    const steps: Step[] = [];
    if (!compileNode({ kind: "group", number: 0, node }, steps)) return undefined;
    steps.push({ kind: "match" });
    return new RegexMachine(steps);
  }

  exec(subject: string): Slots | undefined {
    let found: Slots | undefined;
    let threads: Thread[] = [];
    this.#mark++;
    for (let at = 0;;) {
      if (found === undefined) this.#add(threads, { at: 0, slots: [] }, subject, at);
      if (threads.length === 0 && found !== undefined) return found;
      const code = subject.codePointAt(at);
      const after = at + (code !== undefined && code > 0xffff ? 2 : 1);
      const next: Thread[] = [];
      this.#mark++;
      for (const thread of threads) {
        const step = this.#steps[thread.at]!;
        if (step.kind === "match") {
          found = thread.slots;
          break;
        }
        if (step.kind === "char" && code !== undefined && step.test(code)) {
          this.#add(next, { at: thread.at + 1, slots: thread.slots }, subject, after);
        }
      }
      if (code === undefined) return found;
      threads = next;
      at = after;
    }
  }

  /** Puts a thread, followed through all that takes no character, on a list in the order in which Perl would try. */
  #add(threads: Thread[], thread: Thread, subject: string, position: number): void {
    const open: Thread[] = [thread];
    for (let current = open.pop(); current !== undefined; current = open.pop()) {
      const { at, slots } = current;
      if (this.#seen[at] === this.#mark) continue;
      this.#seen[at] = this.#mark;
      const step = this.#steps[at]!;
      if (step.kind === "jump") open.push({ at: step.to, slots });
      else if (step.kind === "split") open.push({ at: step.second, slots }, { at: step.first, slots });
      else if (step.kind === "save") {
        const saved = slots.slice();
        saved[step.slot] = position;
        open.push({ at: at + 1, slots: saved });
      } else if (step.kind === "anchor") {
        if (anchorTests[step.anchor](subject, position)) open.push({ at: at + 1, slots });
      } else threads.push(current);
    }
  }
}

const isWord = (char: string | undefined) => char !== undefined && /\w/.test(char);
const isEdge = (subject: string, at: number) => isWord(subject[at - 1]) !== isWord(subject[at]);

const anchorTests: Readonly<Record<Anchor, (subject: string, at: number) => boolean>> = {
  start: (_subject, at) => at === 0,
  end: (subject, at) => at === subject.length,
  endOrNewline: (subject, at) => at === subject.length || (at === subject.length - 1 && subject[at] === "\n"),
  lineStart: (subject, at) => at === 0 || (subject[at - 1] === "\n" && at < subject.length),
  lineEnd: (subject, at) => at === subject.length || subject[at] === "\n",
  wordEdge: isEdge,
  notWordEdge: (subject, at) => !isEdge(subject, at),
  wordStart: (subject, at) => isEdge(subject, at) && isWord(subject[at]),
  wordEnd: (subject, at) => isEdge(subject, at) && !isWord(subject[at]),
};

/** Appends the steps of a node. `false`: there are too many, or it has what the machine cannot do. */
function compileNode(node: RegexNode, steps: Step[]): boolean {
  if (steps.length > maxSteps) return false;
  switch (node.kind) {
    case "set":
      steps.push({ kind: "char", test: charTest(node.text, node.ignoreCase) });
      return true;
    case "anchor":
      steps.push({ kind: "anchor", anchor: node.anchor });
      return true;
    case "sequence":
      return node.parts.every((part) => compileNode(part, steps));
    case "group": {
      steps.push({ kind: "save", slot: node.number * 2 });
      if (!compileNode(node.node, steps)) return false;
      steps.push({ kind: "save", slot: node.number * 2 + 1 });
      return true;
    }
    case "choice":
      return compileChoice(node.branches, steps);
    case "repeat":
      return compileRepeat(node, steps);
    default:
      return false;
  }
}

function compileChoice(branches: readonly RegexNode[], steps: Step[]): boolean {
  const jumps: { to: number }[] = [];
  for (const [index, branch] of branches.entries()) {
    const split = index === branches.length - 1 ? undefined : pushSplit(steps);
    if (split !== undefined) split.first = steps.length;
    if (!compileNode(branch, steps)) return false;
    if (split === undefined) break;
    const jump = { kind: "jump" as const, to: 0 };
    steps.push(jump);
    jumps.push(jump);
    split.second = steps.length;
  }
  for (const jump of jumps) jump.to = steps.length;
  return true;
}

function compileRepeat(node: RegexNode & { readonly kind: "repeat" }, steps: Step[]): boolean {
  for (let count = 0; count < node.least; count++) if (!compileNode(node.node, steps)) return false;
  const ends: ((at: number) => void)[] = [];
  const optional = (body: () => boolean): boolean => {
    const split = pushSplit(steps);
    const inside = steps.length;
    if (!body()) return false;
    if (node.lazy) split.second = inside;
    else split.first = inside;
    ends.push((at) => {
      if (node.lazy) split.first = at;
      else split.second = at;
    });
    return true;
  };
  if (node.most === Infinity) {
    const start = steps.length;
    const isDone = optional(() => {
      if (!compileNode(node.node, steps)) return false;
      steps.push({ kind: "jump", to: start });
      return true;
    });
    if (!isDone) return false;
  } else {
    for (let count = node.least; count < node.most; count++) {
      if (!optional(() => compileNode(node.node, steps))) return false;
    }
  }
  for (const end of ends) end(steps.length);
  return true;
}

function pushSplit(steps: Step[]): { first: number; second: number } {
  const split = { kind: "split" as const, first: 0, second: 0 };
  steps.push(split);
  return split;
}

/** Whether a set has a character: by a table for ASCII, by the language's engine for the rest. */
function charTest(text: string, ignoreCase: boolean): (code: number) => boolean {
  const pattern = new RegExp(`^${text}$`, ignoreCase ? "iv" : "v");
  const ascii = Uint8Array.from(
    { length: 128 },
    (_, code) => Number(pattern.test(String.fromCharCode(code))),
  );
  return (code) => code < 128 ? ascii[code] === 1 : pattern.test(String.fromCodePoint(code));
}
