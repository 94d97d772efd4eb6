/** The template of replies about DNS lists: postconf(5) default_rbl_reply, rbl_reply_maps. */

import { splitAddress } from "../../tools/kit/mail/address.ts";

import type { PolicyFacts } from "./facts.ts";
import { clientLabel, type Subject } from "./rule.ts";

export interface Listed {
  readonly code: number;
  /** The list, without its filter. */
  readonly domain: string;
  readonly what: string;
  readonly class: Subject["class"];
  /** TXT record; empty: none. */
  readonly text: string;
}

/**
 * `$name`, `${name}`, `$(name)`, `${name?text}`, `${name:text}`, braces around the texts too; one level, as there is no
 * more in Postfix. `undefined`: the template cannot be read.
 */
export function expandRblReply(template: string, facts: PolicyFacts, listed: Listed): string | undefined {
  const values = valuesOf(facts, listed);
  let isBad = false;
  const value = (name: string): string => {
    const found = values.get(name);
    if (found === undefined) isBad = true;
    return found ?? "";
  };
  const text = template.replace(
    /\$(?:\$|([A-Za-z_]\w*)|\(([A-Za-z_]\w*)\)|\{([A-Za-z_]\w*)(?:\?\{([^{}]*)\}:\{([^{}]*)\}|([?:])(?:\{([^{}]*)\}|((?:[^{}]|\$\{\w+\})*)))?\})/g,
    (whole: string, ...groups: readonly unknown[]) => {
      const [bare, round, braced, yes, no, sign, inBraces, plain] = groups.map((group) =>
        typeof group === "string" ? group : undefined
      );
      if (whole === "$$") return "$";
      const found = value(bare ?? round ?? braced ?? "");
      const inner = (text: string) => text.replace(/\$\{?(\w+)\}?/g, (_, name: string) => value(name));
      if (yes !== undefined && no !== undefined) return inner(found === "" ? no : yes);
      const branch = inBraces ?? plain ?? "";
      if (sign === "?") return found === "" ? "" : inner(branch);
      if (sign === ":") return found === "" ? inner(branch) : "";
      return found;
    },
  );
  return isBad ? undefined : text;
}

function valuesOf(facts: PolicyFacts, listed: Listed): ReadonlyMap<string, string> {
  const { client, helo = "", sender, recipient } = facts;
  return new Map([
    ["client", clientLabel(facts)],
    ["client_address", client.address],
    ["client_name", client.name],
    ["reverse_client_name", client.reverseName],
    ["helo_name", helo],
    ["rbl_class", listed.class],
    ["rbl_code", `${listed.code}`],
    ["rbl_domain", listed.domain],
    ["rbl_reason", listed.text],
    ["rbl_txt", listed.text],
    ["rbl_what", listed.what],
    ...addressValues("sender", sender),
    ...addressValues("recipient", recipient),
  ]);
}

function addressValues(name: string, address: string | undefined): readonly (readonly [string, string])[] {
  if (address === undefined) return [[name, ""], [`${name}_name`, ""], [`${name}_domain`, ""]];
  const { localPart, domain } = splitAddress(address);
  const shown = address === "" ? "<>" : address;
  return [[name, shown], [`${name}_name`, address === "" ? "<>" : localPart], [`${name}_domain`, domain]];
}
