/**
 * A tolerant scanner of TypeScript: where code is and where comments and strings are, and what a file imports. No
 * parser; it never fails, and what it cannot know (a slash after a closing brace) it decides as code is usually
 * written.
 */

export interface SourceFile {
  /** From the project's root, with `/`. */
  readonly path: string;
  readonly text: string;
}

export interface Import {
  readonly specifier: string;
  /** From 1. */
  readonly line: number;
  /** `import type`, `export type`: gone at run time. */
  readonly typeOnly: boolean;
  /** `import("x")`, `import.meta.resolve("x")`, `new URL("x", import.meta.url)`. */
  readonly dynamic: boolean;
}

export interface Scanned extends SourceFile {
  /** Comments and the insides of strings and regular expressions are spaces; offsets and lines stay. */
  readonly code: string;
  /** The comments alone, otherwise spaces; offsets and lines stay. */
  readonly comments: string;
  readonly imports: readonly Import[];
}

export function scan(file: SourceFile): Scanned {
  const { code, comments } = separate(file.text);
  return { ...file, code, comments, imports: findImports(file.text, code) };
}

/** Line of an offset, from 1. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let index = text.indexOf("\n"); index >= 0 && index < offset; index = text.indexOf("\n", index + 1)) {
    line++;
  }
  return line;
}

/** A slash after one of these begins a regular expression and does not divide. */
const beforeRegex =
  /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|do|else|await|yield|throw|void))$/;

function separate(text: string): { readonly code: string; readonly comments: string } {
  const code: string[] = text.split("");
  const comments: string[] = text.split("").map((char) => char === "\n" ? "\n" : " ");
  const blank = (from: number, to: number) => {
    for (let index = from; index < to; index++) if (code[index] !== "\n") code[index] = " ";
  };
  /** For each open `${`: how many braces are open inside it. */
  const templates: number[] = [];
  let lastCode = "";
  let index = 0;
  while (index < text.length) {
    const char = text[index]!;
    const pair = text.slice(index, index + 2);
    if (pair === "//" || pair === "/*") {
      const end = commentEnd(text, index);
      for (let at = index; at < end; at++) comments[at] = text[at]!;
      blank(index, end);
      index = end;
      continue;
    }
    if (char === '"' || char === "'") {
      const end = stringEnd(text, index);
      blank(index + 1, end - 1);
      index = end;
    } else if (char === "`" || (char === "}" && templates.at(-1) === 0)) {
      if (char === "}") templates.pop();
      const end = templateEnd(text, index + 1);
      const opens = text.startsWith("${", end - 2) && text[end - 1] === "{";
      blank(index + 1, opens ? end - 2 : end - 1);
      if (opens) templates.push(0);
      index = end;
    } else if (char === "/" && beforeRegex.test(lastCode.trimEnd())) {
      const end = regexEnd(text, index);
      blank(index + 1, end - 1);
      index = end;
    } else {
      if (templates.length > 0 && char === "{") templates[templates.length - 1]!++;
      if (templates.length > 0 && char === "}") templates[templates.length - 1]!--;
      index++;
    }
    lastCode = (lastCode + char).slice(-12);
  }
  return { code: code.join(""), comments: comments.join("") };
}

function commentEnd(text: string, start: number): number {
  const isBlock = text[start + 1] === "*";
  const end = text.indexOf(isBlock ? "*/" : "\n", start + 2);
  return end < 0 ? text.length : isBlock ? end + 2 : end;
}

function stringEnd(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index++) {
    if (text[index] === "\\") index++;
    else if (text[index] === text[start] || text[index] === "\n") return index + 1;
  }
  return text.length;
}

/** After the closing backtick or the `${`. */
function templateEnd(text: string, start: number): number {
  for (let index = start; index < text.length; index++) {
    if (text[index] === "\\") index++;
    else if (text[index] === "`") return index + 1;
    else if (text.startsWith("${", index)) return index + 2;
  }
  return text.length;
}

function regexEnd(text: string, start: number): number {
  let inClass = false;
  for (let index = start + 1; index < text.length; index++) {
    const char = text[index];
    if (char === "\n") return start + 1;
    if (char === "\\") index++;
    else if (char === "[") inClass = true;
    else if (char === "]") inClass = false;
    else if (char === "/" && !inClass) return index + 1;
  }
  return start + 1;
}

const importForms: readonly { readonly pattern: RegExp; readonly dynamic: boolean }[] = [
  { pattern: /\b(?:import|export)\b(?<what>[^;"'`()]*?)\bfrom\s*["']/g, dynamic: false },
  { pattern: /\bimport\s*["']/g, dynamic: false },
  { pattern: /\bimport\s*\(\s*["']/g, dynamic: true },
  { pattern: /\bimport\.meta\.resolve\(\s*["']/g, dynamic: true },
  { pattern: /\bnew URL\(\s*["'](?= *["'],\s*import\.meta\.url)/g, dynamic: true },
];

function findImports(text: string, code: string): readonly Import[] {
  const imports: Import[] = [];
  for (const { pattern, dynamic } of importForms) {
    for (const match of code.matchAll(pattern)) {
      const start = match.index + match[0].length;
      const specifier = text.slice(start, text.indexOf(text[start - 1]!, start));
      const typeOnly = /^\s*type\b/.test(match.groups?.what ?? "");
      imports.push({ specifier, line: lineAt(text, start), typeOnly, dynamic });
    }
  }
  return imports.sort((left, right) => left.line - right.line);
}
