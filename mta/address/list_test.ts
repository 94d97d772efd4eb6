import { assertEquals } from "@std/assert";

import { parseNetworkList } from "./match_list.ts";
import { matchNetwork } from "./network_list.ts";
import { run } from "./testing_address.ts";

// The tutorial's own /etc/postfix/access.
const access = { "120.114.141.60": "OK", ".baidu.com": "OK", "av.com": "REJECT", "192.168.2.": "REJECT" };

Deno.test("matchNetwork() takes the tutorial's access table as it is meant", () => {
  const rows: readonly [name: string, address: string, trusted: boolean][] = [
    ["unknown", "120.114.141.60", true],
    ["mail.baidu.com", "198.51.100.1", true],
    ["av.com", "198.51.100.2", false],
    ["mx.av.com", "198.51.100.2", false],
    ["unknown", "192.168.2.77", false],
    ["unknown", "127.0.0.1", true],
    ["unknown", "198.51.100.3", false],
  ];
  const list = parseNetworkList(["127.0.0.0/8", "hash:/etc/postfix/access"], { name: "mynetworks" });
  for (const [name, address, trusted] of rows) {
    const result = run(matchNetwork(list, { name, address }), {
      tables: { "hash:/etc/postfix/access": access },
    });
    assertEquals(result.kind === "match", trusted, `${name}[${address}]`);
  }
});
