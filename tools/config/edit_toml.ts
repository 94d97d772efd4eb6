/**
 * Changes of settings in the text of mailsrv.toml: everything else, comments and order too, stays as it is. Only the top
 * of the file is changed, not its sections.
 */

import type { RawValue } from "./parameter.ts";
import type { SettingName } from "./schema.ts";
import { parameters } from "./schema.ts";
import { commentsIn, scanToml, statementRows } from "./toml.ts";

/** What becomes of a setting: a new value as the file holds it, a comment, or nothing. */
export type TomlEdit =
  | { readonly kind: "set"; readonly literal: string }
  | { readonly kind: "comment" }
  | { readonly kind: "remove" };

/** Makes the changes. A setting that is not there is added behind the last one at the top. */
export function editToml(text: string, edits: ReadonlyMap<string, TomlEdit>): string {
  const lines = text.split("\n");
  const out: string[] = [];
  const done = new Set<string>();
  // Where new settings go: behind the last one at the top, else before the first section.
  let place: number | undefined;
  let isTop = true;
  for (let row = 0; row < lines.length;) {
    const { rows } = statementRows(lines, row);
    const statement = lines.slice(row, row + rows);
    row += rows;
    const first = statement[0]!;
    if (/^\s*\[/.test(first) && isTop) {
      isTop = false;
      place ??= out.length;
    }
    const name = /^\s*(?:"([^"\\]*)"|([A-Za-z0-9_-]+))\s*=/.exec(first)?.slice(1).find((part) =>
      part !== undefined
    );
    const edit = isTop && name !== undefined ? edits.get(name) : undefined;
    if (name === undefined || edit === undefined) out.push(...statement);
    else {
      out.push(...edited(statement, name, edit));
      done.add(name);
    }
    if (isTop && name !== undefined) place = out.length;
  }
  const added = [...edits].flatMap(([name, edit]) =>
    edit.kind === "set" && !done.has(name) ? [`${name} = ${edit.literal}`] : []
  );
  // A text that ends with a line's end has an empty last part, which stays last.
  const end = out.at(-1) === "" ? out.length - 1 : out.length;
  out.splice(Math.min(place ?? end, end), 0, ...added);
  const joined = out.join("\n");
  return added.length > 0 && !joined.endsWith("\n") ? `${joined}\n` : joined;
}

function edited(statement: readonly string[], name: string, edit: TomlEdit): readonly string[] {
  if (edit.kind === "comment") return statement.map((line) => `#${line}`);
  const comments = commentsIn(statement);
  if (edit.kind === "remove") return statement.length === 1 ? [] : comments;
  const line = `${name} = ${edit.literal}`;
  const ending = statement.at(-1)!.endsWith("\r") ? "\r" : "";
  if (statement.length > 1) return [...comments, line].map((part) => part + ending);
  return [`${line}${comments.length === 0 ? "" : ` ${comments[0]}`}${ending}`];
}

/** A value written as `conf -e` takes it, as the file holds it: numbers and yes/no bare, a TOML list as it is. */
export function tomlLiteral(name: SettingName, text: string): string {
  const { kind } = parameters[name];
  const bare = text.trim();
  if (kind === "boolean" && /^(?:yes|true)$/i.test(bare)) return "true";
  if (kind === "boolean" && /^(?:no|false)$/i.test(bare)) return "false";
  if ((kind === "integer" || kind === "octets") && /^(?:0|[1-9]\d{0,14})$/.test(bare)) return bare;
  if ((kind === "list" || kind === "listen") && isTomlList(bare)) return bare;
  return quoteToml(bare);
}

function isTomlList(text: string): boolean {
  if (!/^\[[^\n]*\]$/.test(text)) return false;
  const { statements: [statement], problems } = scanToml(`x = ${text}`);
  return problems.length === 0 && Array.isArray(statement?.value) &&
    statement.value.every((item) => typeof item === "string" || typeof item === "number");
}

/** A value as the file holds it. */
export function formatToml(value: RawValue): string {
  if (typeof value === "string") return quoteToml(value);
  if (typeof value === "object") return `[${value.map(formatToml).join(", ")}]`;
  return String(value);
}

/** A basic string (TOML v1.0). */
function quoteToml(text: string): string {
  return JSON.stringify(text).replaceAll("\x7f", "\\u007f");
}
