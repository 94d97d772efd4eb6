/** The kinds of values: each function makes a row of the table of settings whose value has that type. */

import { isAbsolute, join, normalize } from "@std/path";

import type { Parameter, RawValue, Read, Row } from "./parameter.ts";
import { parameter, rawText } from "./parameter.ts";
import { formatDuration, parseDuration, parseOctets } from "./units.ts";
import type { DurationUnit } from "./units.ts";
import { splitList } from "./list.ts";

/** One line of text. */
export function text(
  row: Row<string> & {
    readonly fromFile?: boolean;
    /** What is wrong with a value. */
    readonly check?: (value: string) => string | undefined;
  },
): Parameter<string> {
  return parameter(row, {
    kind: "text",
    form: "text",
    fromFile: row.fromFile ?? false,
    read: (raw) => {
      const read = readText(raw);
      const problem = "value" in read ? row.check?.(read.value) : undefined;
      return problem === undefined ? read : { problem };
    },
  });
}

function readText(raw: RawValue): Read<string> {
  if (typeof raw !== "string") return expected(`text in quotes`, raw);
  if (/[\r\n\0]/.test(raw)) return { problem: "expected one line of text" };
  return { value: raw.trim() };
}

/** True or false. */
export function boolean(row: Row<boolean | `$${string}`>): Parameter<boolean> {
  return parameter(row, { kind: "boolean", form: "true or false", read: readBoolean });
}

function readBoolean(raw: RawValue): Read<boolean> {
  if (typeof raw === "boolean") return { value: raw };
  const word = typeof raw === "string" ? raw.trim().toLowerCase() : "";
  if (word === "yes" || word === "true") return { value: true };
  if (word === "no" || word === "false") return { value: false };
  return expected("true or false", raw);
}

/** A whole number from `min` (0) to `max`. */
export function integer(
  row: Row<number | string> & { readonly min?: number; readonly max?: number },
): Parameter<number> {
  const { min = 0, max = 2 ** 31 - 1 } = row;
  return parameter(row, {
    kind: "integer",
    form: "whole number",
    read: (raw) => {
      const value = typeof raw === "string" && /^[+-]?\d+$/.test(raw.trim()) ? Number(raw) : raw;
      if (typeof value !== "number" || !Number.isSafeInteger(value)) return expected("a whole number", raw);
      return inRange(value, min, max, String);
    },
  });
}

/** A size in octets: a number, or text with k, M, G. */
export function octets(
  row: Row<number | string> & { readonly min?: number; readonly max?: number },
): Parameter<number> {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = row;
  return parameter(row, {
    kind: "octets",
    form: `size such as 10240000 or "10M"`,
    unit: "octets",
    read: (raw) => {
      const value = typeof raw === "number" ? raw : typeof raw === "string" ? parseOctets(raw) : undefined;
      if (value === undefined || !Number.isSafeInteger(value)) {
        return expected(`a size such as 10240000 or "10M"`, raw);
      }
      return inRange(value, min, max, String);
    },
  });
}

/** A time span; `unit` is that of a bare number. The value is in milliseconds. */
export function duration(
  row: Row<number | string> & {
    readonly unit: DurationUnit;
    readonly min?: string;
    readonly max?: string;
  },
): Parameter<number> {
  const min = parseDuration(row.min ?? "0s", "s")!;
  const max = parseDuration(row.max ?? "52w", "s")!;
  return parameter(row, {
    kind: "duration",
    form: `time such as "30s", "5m", "1h", "5d"`,
    unit: row.unit,
    read: (raw) => {
      const value = typeof raw === "number" || typeof raw === "string"
        ? parseDuration(String(raw), row.unit)
        : undefined;
      if (value === undefined) return expected(`a time such as "30s", "5m", "1h" or "5d"`, raw);
      return inRange(value, min, max, formatDuration);
    },
  });
}

/** One of some words. */
export function choice<const W extends string>(
  words: readonly W[],
  row: Row<NoInfer<W> | `$${string}`>,
): Parameter<W> {
  const form = words.map((word) => word === "" ? `""` : word).join(", ");
  return parameter(row, {
    kind: "choice",
    form: `one of ${form}`,
    read: (raw) => {
      const word = typeof raw === "object" ? undefined : rawText(raw).trim().toLowerCase();
      const value = words.find((candidate) => candidate === word);
      return value === undefined ? expected(`one of ${form}`, raw) : { value };
    },
  });
}

/** A list of words: an array, or text with commas or blanks between. */
export function list(
  row: Row<string | readonly string[]> & {
    readonly holdsTables?: boolean;
    readonly readsFiles?: boolean;
    /** The only words there are; otherwise anything. */
    readonly words?: readonly string[];
    /** What is wrong with an item. */
    readonly checkItem?: (item: string) => string | undefined;
  },
): Parameter<readonly string[]> {
  return parameter(row, {
    kind: "list",
    form: row.words === undefined ? `list such as ["a", "b"] or "a, b"` : `list of ${row.words.join(", ")}`,
    holdsTables: row.holdsTables ?? false,
    readsFiles: row.readsFiles ?? false,
    read: (raw) => {
      const items = readItems(raw);
      if ("problem" in items) return items;
      for (const item of items.value) {
        const problem = row.checkItem?.(item);
        if (problem !== undefined) return { problem };
      }
      if (row.words === undefined) return items;
      const words = items.value.map((item) => item.toLowerCase());
      const strange = words.find((word) => !row.words!.includes(word));
      return strange === undefined
        ? { value: Object.freeze(words) }
        : { problem: `expected words of ${row.words.join(", ")}, not "${strange}"` };
    },
  });
}

/** The items that a raw value lists. */
export function readItems(
  raw: RawValue,
  options: { readonly keepBraces?: boolean } = {},
): Read<readonly string[]> {
  if (typeof raw === "boolean") return expected(`a list such as ["a", "b"]`, raw);
  const parts = typeof raw === "object" ? raw : [raw];
  const items: string[] = [];
  for (const part of parts) {
    if (typeof part === "object" || typeof part === "boolean") return expected(`a list of texts`, raw);
    const split = splitList(String(part), options);
    if (split === undefined) return { problem: `"${part}": a { has no }` };
    items.push(...split);
  }
  return { value: Object.freeze(items) };
}

/** A file or directory; relative names are meant from the directory of the settings file; empty: none. */
export function path(
  row: Row<string> & { readonly mustBe?: "file" | "directory" },
): Parameter<string> {
  return parameter(row, {
    kind: "path",
    form: row.mustBe === "file" ? "file" : row.mustBe === "directory" ? "directory" : "path",
    mustBe: row.mustBe,
    read: (raw, place) => {
      const read = readText(raw);
      if ("problem" in read || read.value === "") return read;
      const { value } = read;
      return { value: isAbsolute(value) ? normalize(value) : join(place.directory, value) };
    },
  });
}

/** The problem of a value of the wrong type. */
function expected(what: string, raw: RawValue): { readonly problem: string } {
  return { problem: `expected ${what}, not ${showRaw(raw)}` };
}

function showRaw(raw: RawValue): string {
  if (typeof raw === "object") return "a list";
  return typeof raw === "string" ? JSON.stringify(raw) : String(raw);
}

function inRange(value: number, min: number, max: number, show: (value: number) => string): Read<number> {
  if (value < min) return { problem: `${show(value)} is below the least value ${show(min)}` };
  if (value > max) return { problem: `${show(value)} is above the greatest value ${show(max)}` };
  return { value };
}
