/** Which of a server's mechanisms to log in with (postconf(5) smtp_sasl_mechanism_filter, smtp_sasl_security_options). */

import type { RelayLoginSettings } from "./settings.ts";

/** Shows the password to whoever listens. */
const plaintext: readonly string[] = ["PLAIN", "LOGIN"];
const withoutDictionaryAttack: readonly string[] = ["EXTERNAL", "GSSAPI"];
const mutual: readonly string[] = ["SCRAM-SHA-1", "SCRAM-SHA-256", "GSSAPI"];

export interface MechanismOptions {
  /** As the server offers them, in any case. */
  readonly offered: readonly string[];
  /** Known here, the best first. */
  readonly known: readonly string[];
  readonly isSecured: boolean;
  readonly settings: Pick<RelayLoginSettings, "mechanismFilter" | "securityOptions" | "tlsSecurityOptions">;
}

export type Chosen =
  | { readonly kind: "mechanism"; readonly name: string }
  /** Mail waits: `no mechanism available`. */
  | { readonly kind: "none"; readonly text: string };

/**
 *     chooseMechanism({ offered: ["PLAIN", "LOGIN"], known: ["PLAIN"], isSecured: true, settings })  ->  PLAIN, when
 *     smtp_sasl_tls_security_options has no `noplaintext`
 */
export function chooseMechanism({ offered, known, isSecured, settings }: MechanismOptions): Chosen {
  const names = new Set(offered.map((name) => name.toUpperCase()));
  const filtered = known.filter((name) => names.has(name) && passesFilter(name, settings.mechanismFilter));
  const options = isSecured ? settings.tlsSecurityOptions : settings.securityOptions;
  const name = filtered.find((mechanism) => meets(mechanism, options));
  if (name !== undefined) return { kind: "mechanism", name };
  const list = offered.join(" ");
  return {
    kind: "none",
    text: filtered.length === 0
      ? `no mechanism available (the server offers ${list === "" ? "none" : list})`
      : `no mechanism available (${options.join(", ")} forbids ${filtered.join(" ")})`,
  };
}

/** The first word that fits decides, as in all lists of Postfix. */
function passesFilter(name: string, filter: readonly string[]): boolean {
  if (filter.length === 0) return true;
  for (const word of filter) {
    const isNegated = word.startsWith("!");
    const item = (isNegated ? word.slice(1) : word).toUpperCase();
    if (item === name || item.startsWith("STATIC:")) return !isNegated;
  }
  return false;
}

function meets(name: string, options: readonly string[]): boolean {
  return options.every((option) => {
    switch (option.toLowerCase()) {
      case "noplaintext":
        return !plaintext.includes(name);
      case "noanonymous":
        return name !== "ANONYMOUS";
      case "nodictionary":
        return withoutDictionaryAttack.includes(name);
      case "mutual_auth":
        return mutual.includes(name);
      case "noactive":
        return !plaintext.includes(name);
      default:
        return true;
    }
  });
}
