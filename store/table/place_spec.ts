/** `type:name` with the files in it made absolute, also inside tables that are made of tables. Pure. */

import { ConfigError } from "../../tools/kit/base/failure.ts";

import { readItems, unbrace } from "./spec_list.ts";
import { fileTableTypes, tableTypes } from "./table_types.ts";

/** `place` makes a file's name absolute. @throws ConfigError for an unknown type, or a list that cannot be read */
export function placeTableSpec(spec: string, place: (file: string) => string): string {
  const colon = spec.indexOf(":");
  const [type, name] = [spec.slice(0, Math.max(0, colon)), spec.slice(colon + 1)];
  if (!tableTypes.includes(type) || name === "") {
    throw new ConfigError(`need maptype:mapname, not "${spec}"; there are ${tableTypes.join(", ")}`);
  }
  if (type === "proxy") return `proxy:${placeTableSpec(name, place)}`;
  if (type === "unionmap" || type === "pipemap") {
    const parts = readItems(spec, name, `${type}:{type:name...}`);
    return `${type}:{${parts.map((part) => `{${placeTableSpec(unbrace(part) ?? part, place)}}`).join(", ")}}`;
  }
  return fileTableTypes.includes(type) && !name.startsWith("{") ? `${type}:${place(name)}` : spec;
}
