/** The lines of a table's source, for checks. Pure. */

import { sourceEntries } from "../../../store/table/source.ts";
import { logicalLines } from "../../../store/table/source_lines.ts";

import type { TableLine } from "./access_lines.ts";

const silent = { warn: () => {} };

/** Patterns of regexp and pcre tables have no keys; those of cidr tables are networks. */
export function tableLines(type: string, bytes: Uint8Array): readonly TableLine[] {
  const report = { file: "", ...silent };
  if (!["regexp", "pcre", "cidr"].includes(type)) {
    return Array.from(sourceEntries(bytes, { ...report, kind: "map" }), ({ key, value, line }) => ({
      key,
      value,
      line,
    }));
  }
  return Array.from(logicalLines(bytes, report)).flatMap(({ text, line }) => {
    const value = patternValue(type, text.trim());
    const key = type === "cidr" ? /^[^!\s]\S*/.exec(text.trim())?.[0] : undefined;
    return value === undefined ? [] : [{ key, value, line }];
  });
}

/** What stands behind the pattern. */
function patternValue(type: string, text: string): string | undefined {
  if (/^(?:if|endif)\b/i.test(text)) return undefined;
  if (type === "cidr") return /^!?\s*\S+\s+([^]+)$/.exec(text)?.[1];
  const bare = text.replace(/^!\s*/, "");
  const quote = bare[0] ?? "";
  for (let at = 1; at < bare.length; at++) {
    if (bare[at] === "\\") at++;
    else if (bare[at] === quote) return /^[A-Za-z]*\s+([^]+)$/.exec(bare.slice(at + 1))?.[1];
  }
  return undefined;
}
