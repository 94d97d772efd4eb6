/** Whose mail gets whole addresses in its header (postconf(5) local_header_rewrite_clients). */

import type { Evaluation, LookupFailure } from "../address/lookup.ts";
import { askTable, isFailure } from "../address/lookup.ts";
import type { NetworkList } from "../address/match_list.ts";
import { matchNetwork } from "../address/network_list.ts";

export interface HeaderClient {
  readonly name: string;
  readonly address: string;
  readonly isLoggedIn: boolean;
  /** One of the addresses of this machine. */
  readonly isOwn: boolean;
}

/** The first item that fits decides; certificates of clients are not asked for here, so that those fit nobody. */
export function* isLocalClient(
  client: HeaderClient,
  items: readonly string[],
  { mynetworks }: { readonly mynetworks: NetworkList },
): Evaluation<boolean | LookupFailure> {
  for (const item of items) {
    switch (item) {
      case "permit_inet_interfaces":
        if (client.isOwn) return true;
        break;
      case "permit_sasl_authenticated":
        if (client.isLoggedIn) return true;
        break;
      case "permit_mynetworks": {
        const result = yield* matchNetwork(mynetworks, client);
        if (result.kind === "failure") return { failure: result.failure };
        if (result.kind === "match") return true;
        break;
      }
      case "check_address_map":
      case "permit_tls_clientcerts":
      case "permit_tls_all_clientcerts":
        break;
      default: {
        // A table, asked for the address and nothing else; what it holds does not matter.
        if (!item.includes(":")) break;
        const hit = yield* askTable(item.replace(/^check_address_map\s+/, ""), client.address);
        if (isFailure(hit)) return hit;
        if (hit !== undefined) return true;
      }
    }
  }
  return false;
}
