/** `cidr:FILE` (cidr_table(5)): lines of `NETWORK/BITS value` or `ADDRESS value`, the first that holds the key wins. */

import { matchesCidr, parseCidr, parseIp } from "../../tools/kit/mail/ip.ts";

import type { FileTableOptions } from "./indexed.ts";
import type { PatternSyntax } from "./pattern_source.ts";
import { patternTable } from "./pattern_table.ts";
import type { Table } from "./table.ts";

export function cidrTable(name: string, path: string, options: FileTableOptions): Table {
  return patternTable(name, path, { ...options, syntax });
}

const nothing = () => "";

const syntax: PatternSyntax = {
  readPattern: (text) => {
    const [, marks = "", pattern = "", rest = ""] = /^([!\s]*)(\S*)\s*([^]*)$/.exec(text) ?? [];
    const not = marks.replace(/[^!]/g, "").length % 2 === 1;
    const parsed = parseCidr(pattern);
    if (parsed.kind === "malformed") return { problem: `${parsed.reason}: skipping this rule` };
    const { cidr } = parsed;
    return {
      rest: rest.trim(),
      value: rest === "" ? { problem: "no lookup result: skipping this rule" } : { template: [rest.trim()] },
      // A network says nothing of addresses of the other family, turned round or not.
      match: (key) => {
        const address = parseIp(key);
        if (address === undefined || address.length !== cidr.octets.length) return undefined;
        return matchesCidr(cidr, address) !== not ? nothing : undefined;
      },
    };
  },
};
