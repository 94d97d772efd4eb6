/**
 * Parameter: one row of the table of settings, and the kinds of values a row can have.
 *
 * A raw value is what the file holds (text, number, true/false, or an array of them) after `$name` was expanded; a
 * kind's `read` makes the typed value of it or says what was expected.
 *
 * | kind     | in the file                                       | in `Settings`                                  |
 * |----------|---------------------------------------------------|------------------------------------------------|
 * | text     | `"..."`                                           | string                                         |
 * | boolean  | `true`, `false`, `"yes"`, `"no"`                  | boolean                                        |
 * | integer  | `50`, `"50"`                                      | number                                         |
 * | octets   | `10240000`, `"10M"` (k, M, G are powers of 1024)  | number of octets                               |
 * | duration | `300`, `"300s"`, `"5m"`, `"1.5h"`                 | number of milliseconds                         |
 * | choice   | one of some words                                 | that word                                      |
 * | list     | `["a", "b"]`, `"a, b"`; `{ }` keeps blanks        | readonly string[]                              |
 * | restrictions | the same; `{ }` stays around what was in it   | readonly string[]                              |
 * | path     | `"..."`, relative to the settings file            | string: absolute, or empty for none            |
 * | listen   | list of `"address:port"`, `"[v6]:port"`, `"port"` | readonly ListenAddress[]                       |
 */

/** Who defined the setting's name and meaning. */
export type Origin = "postconf(5)" | "dovecot" | "mailsrv";

export type RawValue = string | number | boolean | readonly RawValue[];

export type Read<T> = { readonly value: T } | { readonly problem: string };

/** What the machine says of itself; given, so that nothing here asks for it. */
export interface Facts {
  /** gethostname(2). */
  readonly hostname: string;
  /** Addresses of the machine's network interfaces, loopback included. */
  readonly interfaces: readonly { readonly address: string; readonly prefixLength: number }[];
  readonly version: string;
}

/** The other settings, for a computed default. */
export interface OtherSettings {
  /** The expanded text of a setting. */
  text(name: string): string;
  /** Whether the file sets it. */
  isSet(name: string): boolean;
}

export type ComputedDefault = (facts: Facts, others: OtherSettings) => RawValue;

/** Where a value is read: relative names are meant from there. */
export interface Place {
  /** Absolute path of the directory of the settings file. */
  readonly directory: string;
  /** Addresses that a listener without one means (from inet_interfaces). */
  readonly addresses: readonly string[];
}

export interface RowText {
  /** A sentence or two. */
  readonly doc: string;
  readonly origin: Origin;
}

export interface Parameter<T> extends RowText {
  readonly kind: string;
  /** What a value looks like, for the reference: `size such as "10M"`. */
  readonly form: string;
  readonly default: RawValue | ComputedDefault;
  /** How the reference shows a computed default. */
  readonly defaultText: string;
  /** Unit of a bare number: `s`, `d`, `octets`. */
  readonly unit?: string | undefined;
  /** `$name` stays as it is written: whoever uses the value puts it in (forward_path's `$home`). */
  readonly isRaw: boolean;
  /** What must stand at a path that the file names. */
  readonly mustBe?: "file" | "directory" | undefined;
  /** Items of the list may be `type:name` tables. */
  readonly holdsTables: boolean;
  /** An item `/file` stands for the items in that file (postconf(5) mydestination). */
  readonly readsFiles: boolean;
  /** A value that begins with `/` is a file whose first line is the value (myorigin, Debian's /etc/mailname). */
  readonly fromFile: boolean;
  read(raw: RawValue, place: Place): Read<T>;
}

/** The type of a row's value. */
export type ValueOf<P> = P extends Parameter<infer T> ? T : never;

export interface Row<D> extends RowText {
  readonly default: D | ComputedDefault;
  readonly defaultText?: string;
  readonly isRaw?: boolean;
}

interface KindOf<T> {
  readonly kind: string;
  readonly form: string;
  readonly unit?: string;
  readonly mustBe?: "file" | "directory" | undefined;
  readonly holdsTables?: boolean;
  readonly readsFiles?: boolean;
  readonly fromFile?: boolean;
  read(raw: RawValue, place: Place): Read<T>;
}

/** Puts a row and its kind together. */
export function parameter<T>(row: Row<RawValue>, kind: KindOf<T>): Parameter<T> {
  return {
    doc: row.doc,
    origin: row.origin,
    default: row.default,
    defaultText: row.defaultText ?? (typeof row.default === "function" ? "computed" : rawText(row.default)),
    isRaw: row.isRaw ?? false,
    holdsTables: false,
    readsFiles: false,
    fromFile: false,
    ...kind,
  };
}

/** A raw value as one text, as `$name` of another setting sees it: a list is comma separated. */
export function rawText(raw: RawValue): string {
  if (typeof raw === "boolean") return raw ? "yes" : "no";
  if (typeof raw === "object") return raw.map(rawText).join(", ");
  return String(raw);
}
