/** Tables as a command line names them: `hash:FILE`, or FILE alone. */

import { resolve } from "@std/path";

import { placeTableSpec } from "../../store/table/place_spec.ts";

/** A file without a type is built as `hash` (postconf(5) default_database_type); a relative name is of this directory. */
export function tableSpec(text: string): string {
  const { type, name } = splitTableSpec(text);
  return placeTableSpec(`${type}:${name}`, (file) => resolve(file));
}

export function splitTableSpec(text: string): { readonly type: string; readonly name: string } {
  const match = /^([a-z]+):(.*)$/s.exec(text);
  return match === null ? { type: "hash", name: text } : { type: match[1]!, name: match[2]! };
}
