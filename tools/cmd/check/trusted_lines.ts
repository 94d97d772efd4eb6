/** Lines of tables in mynetworks: what they say, and what Postfix makes of it. Pure. */

import type { AccessTable } from "./access_lines.ts";
import type { Finding } from "./finding.ts";

export interface TrustedOptions {
  /** The setting: `mynetworks`. */
  readonly list: string;
  /** mynetworks_table_actions */
  readonly tableActions: boolean;
  /** access_table_dotted_keys */
  readonly dottedKeys: boolean;
}

export function checkTrustedTable(table: AccessTable, options: TrustedOptions): readonly Finding[] {
  const { list, tableActions, dottedKeys } = options;
  return table.lines.flatMap(({ key, value, line }) => {
    const findings: Finding[] = [];
    const shown = key ?? "this pattern";
    if (refusal.test(value)) {
      findings.push(
        tableActions
          ? {
            level: "note",
            file: table.file,
            line,
            text:
              `${shown}: ${value} gives no trust here; Postfix does not look at values in ${list} and trusts it`,
          }
          : {
            level: "warning",
            file: table.file,
            line,
            text: `${shown}: ${value} is not looked at: a line in ${list} gives trust, whatever its value; ` +
              `take it out, write "!" before an item of ${list}, or set mynetworks_table_actions = yes`,
          },
      );
    }
    const form = key === undefined ? undefined : partialForm(key);
    if (form !== undefined) {
      findings.push({
        level: dottedKeys ? "note" : "warning",
        file: table.file,
        line,
        text: dottedKeys
          ? `${shown}: matches ${form} here; Postfix asks tables in ${list} for whole addresses only`
          : `${shown}: has no effect: tables in ${list} are asked for whole addresses only; write ${form} as a network in ${list}`,
      });
    }
    return findings;
  });
}

const refusal = /^(?:reject|defer|defer_if_permit|defer_if_reject|hangup|dunno|[45]\d\d)(?:\s|$)/i;

/** What a key that is only a part of an address would mean. */
function partialForm(key: string): string | undefined {
  const octets = /^((?:\d{1,3}\.){0,2}\d{1,3})\.?$/.exec(key)?.[1];
  if (octets !== undefined) {
    const parts = octets.split(".");
    return `${[...parts, "0", "0", "0"].slice(0, 4).join(".")}/${parts.length * 8}`;
  }
  if (/^\d{1,3}(?:\.\d{1,3}){3}\/\d+$/.test(key)) return undefined;
  return /^\.[^.]/.test(key) ? `hosts below ${key.slice(1)}` : undefined;
}
