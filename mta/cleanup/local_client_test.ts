import { assertEquals } from "@std/assert";

import { parseNetworkList } from "../address/match_list.ts";
import { run } from "../address/testing_address.ts";
import { type HeaderClient, isLocalClient } from "./local_client.ts";

const stranger: HeaderClient = { name: "c.test", address: "192.0.2.1", isLoggedIn: false, isOwn: false };

Deno.test("isLocalClient() goes by the first item that fits (postconf(5) local_header_rewrite_clients)", () => {
  const mynetworks = parseNetworkList(["198.51.100.0/24"], { name: "mynetworks" });
  const world = { tables: { "hash:/c": { "192.0.2.1": "any" }, "hash:/d": {} } };
  const rows:
    readonly (readonly [items: string, client: Partial<HeaderClient>, local: boolean | "failure"])[] = [
      ["", {}, false],
      ["permit_inet_interfaces", {}, false],
      ["permit_inet_interfaces", { isOwn: true }, true],
      ["permit_sasl_authenticated", { isLoggedIn: true }, true],
      ["permit_mynetworks", {}, false],
      ["permit_mynetworks", { address: "198.51.100.7" }, true],
      ["check_address_map hash:/c", {}, true],
      ["hash:/d hash:/c", {}, true],
      ["hash:/d", {}, false],
      ["hash:/gone", {}, "failure"],
      ["permit_tls_all_clientcerts nonsense", {}, false],
    ];
  for (const [items, client, local] of rows) {
    const steps = isLocalClient({ ...stranger, ...client }, items.split(" "), { mynetworks });
    const result = run(steps, world);
    assertEquals(typeof result === "boolean" ? result : "failure", local, items);
  }
});
